// Timers over restarts: a run that was stopped calls them as one that was not.
#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class TimersTest : public testing_log::LogFixture {};

using Context = ProcessorContext<std::string, std::string>;
using Input = ProcessorRecord<std::string, std::string>;
using Counts = KeyValueStore<std::string, std::int64_t>;

// Counts records, and says every 10 ms of stream time how many there were.
struct CountPerTen {
  Counts counts = {};

  void open(Context& context) {
    counts = context.store<Counts>("counts");
    context.schedule(Millis(10), TimerClock::stream_time, [this, &context](std::int64_t now_ms) {
      context.forward("count", std::to_string(now_ms) + ":" + std::to_string(*counts.get("all")));
    });
  }
  void process(Context&, const Input&) { ++counts.edit("all"); }
};

Topology counting() {
  Builder builder;
  builder.add_store<Counts>({.store = "counts"});
  builder.stream<std::string, std::string>("in")
      .process<std::string, std::string>(CountPerTen{}, {.name = "per-ten", .stores = {"counts"}})
      .to("out");
  return builder.build();
}

TEST_F(TimersTest, stream_time_and_its_timers_go_on_where_the_last_run_stopped) {
  create("in", 1);
  create("out", 1);
  for (int run = 0; run < 5; ++run) {
    for (int i = 0; i < 5; ++i) send("in", "x", 0, "k");  // 1 ms later each
    App app(counting(), log(), options("counting"));
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  std::vector<std::string> values;
  for (const auto& record : read_all("out")) values.push_back(*record.value);
  EXPECT_EQ(values, (std::vector<std::string>{"1:1", "10:10", "20:20"}));
}

TEST_F(TimersTest, wall_clock_timers_are_called_while_no_record_comes_and_what_they_send_is_committed) {
  create("in", 1);
  create("out", 1);
  Builder builder;
  App* running = nullptr;
  struct Tick {
    App** app;
    int calls = 0;
    void open(Context& context) {
      context.schedule(Millis(5), TimerClock::wall_clock, [this, &context](std::int64_t now_ms) {
        context.forward("tick", std::to_string(++calls), {.timestamp_ms = now_ms});
        context.request_commit();
        if (calls == 3) (*app)->stop();
      });
    }
    void process(Context&, const Input&) {}
  };
  builder.stream<std::string, std::string>("in").process<std::string, std::string>(Tick{&running}).to("out");
  App app(builder.build(), log(), options("ticking"));
  running = &app;
  auto done = app.run();
  ASSERT_TRUE(done) << done.error().to_string();
  std::vector<std::string> values;
  for (const auto& record : read_all("out")) values.push_back(*record.value);
  EXPECT_EQ(values, (std::vector<std::string>{"1", "2", "3"}));
}

}  // namespace
}  // namespace weir::streams
