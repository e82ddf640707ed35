// Timers of applications that are killed at random: in stream time what comes out is that of a run that was not killed;
// in wall time each call counts once, and those that are due come, however short the runs are.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::timers_kill_test {
namespace {

using Context = ProcessorContext<std::string, std::string>;
using Input = ProcessorRecord<std::string, std::string>;
using Counts = KeyValueStore<std::string, std::int64_t>;
using Lines = std::vector<std::string>;

class TimersKillTest : public testing_log::LogFixture {
 protected:
  Lines values(const std::string& topic) {
    Lines values;
    for (const auto& record : read_all(topic)) values.push_back(*record.value);
    return values;
  }

  // Runs until `has_enough`, and kills the log at about that moment.
  template <class HasEnough>
  void run_and_kill(const Topology& topology, Millis grace, HasEnough has_enough) {
    App app(topology, log(), options("killed"));
    std::thread running([&] { (void)app.run(); });
    while (!has_enough(app)) std::this_thread::yield();
    std::this_thread::sleep_for(grace);
    kill();
    app.stop();
    running.join();
    reopen();
  }
};

// Says, every 10 ms of stream time, how many records of each key came, and starts the counts anew; a second timer says
// how often the first one was called.
struct Report {
  Counts counts = {};
  Counts calls = {};

  void open(Context& context) {
    counts = context.store<Counts>("counts");
    calls = context.store<Counts>("calls");
    context.schedule(Millis(10), TimerClock::stream_time, [this, &context](std::int64_t now_ms) {
      ++calls.edit("calls");
      Lines keys;
      for (auto row : counts.all()) {
        context.forward(row.key, row.key + "=" + std::to_string(row.value) + "@" + std::to_string(now_ms));
        keys.push_back(row.key);
      }
      for (const std::string& key : keys) counts.erase(key);
    });
    context.schedule(Millis(35), TimerClock::stream_time, [this, &context](std::int64_t now_ms) {
      context.forward("calls", std::to_string(*calls.get("calls")) + "@" + std::to_string(now_ms));
    });
  }
  void process(Context&, const Input& record) { ++counts.edit(record.key()); }
};

Topology reporting() {
  Builder builder;
  builder.add_store<Counts>({.store = "counts"});
  builder.add_store<Counts>({.store = "calls"});
  builder.stream<std::string, std::string>("in")
      .process<std::string, std::string>(Report{}, {.name = "report", .stores = {"counts", "calls"}})
      .to("out");
  return builder.build();
}

TEST_F(TimersKillTest, in_stream_time_a_run_that_is_killed_gives_what_one_gives_that_is_not) {
  create("in", 1);
  create("out", 1);
  TestDriver undisturbed(reporting());
  auto in = undisturbed.input<std::string, std::string>("in");
  std::mt19937 random(3);
  std::int64_t time = 0;
  for (int round = 0; round < 16; ++round) {
    for (int i = 0; i < 60; ++i) {
      const std::string key(1, static_cast<char>('a' + random() % 3));
      send("in", "x", 0, key);  // 1 ms later each
      in.pipe(key, "x", ++time);
    }
    const std::uint64_t enough = random() % 60;
    run_and_kill(reporting(), Millis(random() % 3), [&](App& app) { return app.statistics().processed >= enough; });
  }
  App app(reporting(), log(), options("killed"));
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  Lines expected;
  for (const auto& record : undisturbed.output<std::string, std::string>("out").read_all()) {
    expected.push_back(record.value);
  }
  ASSERT_GT(expected.size(), 100u);
  EXPECT_EQ(values("out"), expected);
}

// Counts its calls in a store.
struct Tick {
  Counts calls = {};

  void open(Context& context) {
    calls = context.store<Counts>("calls");
    context.schedule(Millis(60), TimerClock::wall_clock, [this, &context](std::int64_t now_ms) {
      context.forward("tick", std::to_string(++calls.edit("tick")) + "@" + std::to_string(now_ms),
                      {.timestamp_ms = now_ms});
    });
  }
  void process(Context& context, const Input& record) { context.forward("record", record.value()); }
};

Topology ticking() {
  Builder builder;
  builder.add_store<Counts>({.store = "calls"});
  builder.stream<std::string, std::string>("in")
      .process<std::string, std::string>(Tick{}, {.name = "tick", .stores = {"calls"}})
      .to("out");
  return builder.build();
}

TEST_F(TimersKillTest, in_wall_time_each_call_counts_once_and_runs_shorter_than_the_interval_do_not_put_it_off) {
  create("in", 1);
  create("out", 1);
  Lines records;
  std::size_t ticks = 0;
  // Each run is killed soon after it has committed its record; all of them together are longer than the interval.
  for (int round = 0; ticks < 5; ++round) {
    ASSERT_LT(round, 500) << "the timer is not called any more";
    records.push_back(std::to_string(round));
    send("in", records.back(), 0, "k");
    run_and_kill(ticking(), Millis(15), [&](App& app) { return app.statistics().processed >= 1; });
    ticks = 0;
    for (const auto& record : read_all("out")) ticks += record.key == "tick" ? 1 : 0;
  }
  App app(ticking(), log(), options("killed"));
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  Lines seen;
  std::int64_t calls = 0;
  std::int64_t last_ms = 0;
  for (const auto& record : read_all("out")) {
    if (record.key == "record") {
      seen.push_back(*record.value);
      continue;
    }
    const std::size_t at = record.value->find('@');
    EXPECT_EQ(std::stoll(record.value->substr(0, at)), ++calls);  // none is missing and none counts twice
    const std::int64_t now_ms = std::stoll(record.value->substr(at + 1));
    EXPECT_GT(now_ms, last_ms);
    last_ms = now_ms;
  }
  EXPECT_EQ(seen, records);
}

}  // namespace
}  // namespace weir::streams::timers_kill_test
