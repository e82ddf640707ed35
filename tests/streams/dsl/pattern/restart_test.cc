// Patterns in applications that end, are killed and start again in the middle of matches: what comes out is what comes
// out of a run that is never disturbed, each match once.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "tests/streams/dsl/pattern/letters.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::pattern_app_test {
namespace {

using namespace std::chrono_literals;
using namespace pattern_letters;

class PatternAppTest : public testing_log::LogFixture {
 protected:
  void send_letter(const std::string& key, const std::string& name) {
    OwnedBytes scratch;
    const OwnedBytes value(Serde<Letter>::encode({name, ++sent_}, scratch));
    send("in", value, 0, key);  // 1 ms later each
  }

  // Runs until `enough` records are taken, and kills the log at about that moment.
  void run_and_kill(const Topology& topology, std::uint64_t enough, Millis grace) {
    App app(topology, log(), options("killed"));
    std::atomic<bool> has_ended = false;
    std::thread running([&] {
      const auto result = app.run();
      if (!has_ended.exchange(true)) {
        EXPECT_TRUE(result) << result.error().to_string();
      }
    });
    while (!has_ended && app.statistics().processed < enough) std::this_thread::yield();
    has_ended = true;
    std::this_thread::sleep_for(grace);
    kill();
    app.stop();
    running.join();
    reopen();
  }
  // Ends in order, with what is there committed.
  void run_and_stop(const Topology& topology, const std::string& id) {
    App app(topology, log(), options(id));
    std::thread running([&] {
      const auto result = app.run();
      EXPECT_TRUE(result) << result.error().to_string();
    });
    while (app.statistics().processed < 1) std::this_thread::yield();
    app.stop();
    running.join();
  }
  void run_to_end(const Topology& topology) {
    AppOptions chosen = options("killed");
    chosen.close_windows_at_end = true;
    App app(topology, log(), chosen);
    const auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  Texts values(const std::string& topic) {
    Texts values;
    for (const auto& record : read_all(topic)) values.push_back(*record.value);
    return values;
  }

  std::int64_t sent_ = 0;
};

// Matches and time-outs as texts.
Topology detecting(const Pattern<Letter>& pattern, const DetectOptions& options) {
  Builder builder;
  const auto spelled = [](const Match<Letter>& match) {
    std::string text;
    for (const auto& one : match.events) text += one.step + std::to_string(one.event.number) + " ";
    return text;
  };
  auto found = builder.stream<std::string, Letter>("in").detect(pattern, options);
  found.map_values(spelled).to("matches");
  found.timed_out().map_values(spelled).to("timeouts");
  return builder.build();
}

// Loops, an absence in the middle, two bounds: much of what may be kept of a key.
Pattern<Letter> demanding() {
  return a()
      .followed_by(b().one_or_more())
      .not_followed_by(c())
      .followed_by("end")
      .where([](const Letter& letter) { return letter.name == "d"; })
      .within(40ms)
      .after_match(skip_to_next());
}

std::string joined(const Texts& texts) {
  std::string text;
  for (const std::string& one : texts) text += one + "\n";
  return text;
}

struct Disturbed {
  const char* name;
  DetectOptions options;

  friend std::ostream& operator<<(std::ostream& out, const Disturbed& one) { return out << one.name; }
};

class PatternKillTest : public PatternAppTest, public ::testing::WithParamInterface<Disturbed> {};

TEST_P(PatternKillTest, a_run_that_is_killed_gives_what_one_gives_that_is_not) {
  create("in", 1);
  create("matches", 1);
  create("timeouts", 1);
  const Topology topology = detecting(demanding(), GetParam().options);
  TestDriver undisturbed(topology);
  auto in = undisturbed.input<std::string, Letter>("in");
  std::mt19937 random(7);
  std::int64_t time = 0;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 60; ++i) {
      const std::string key(1, static_cast<char>('x' + random() % 3));
      const std::string name(1, static_cast<char>('a' + random() % 4));
      send_letter(key, name);
      in.pipe(key, {name, sent_}, ++time);
    }
    // Once there are positions: without them state that outlived the log is not gone on with.
    if (round == 0) {
      run_and_stop(topology, "killed");
    } else {
      run_and_kill(topology, random() % 60, Millis(random() % 3));
    }
  }
  run_to_end(topology);
  undisturbed.close_windows();
  for (const char* topic : {"matches", "timeouts"}) {
    Texts expected;
    for (const auto& record : undisturbed.output<std::string, std::string>(topic).read_all()) {
      expected.push_back(record.value);
    }
    ASSERT_GT(expected.size(), 20u) << topic;
    EXPECT_EQ(joined(values(topic)), joined(expected)) << topic;
  }
}

INSTANTIATE_TEST_SUITE_P(options, PatternKillTest,
                         ::testing::Values(Disturbed{"default", {.store = "p"}},
                                           Disturbed{"grace", {.store = "p", .grace = 7ms}},
                                           Disturbed{"in_memory", {.store = "p", .in_memory = true}}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(PatternAppTest, goes_on_in_mid_pattern_where_another_run_ended) {
  create("in", 1);
  create("matches", 1);
  create("timeouts", 1);
  const Topology topology = detecting(a().followed_by(b()).followed_by(c()), {.store = "p"});
  for (const char* letter : {"a", "b", "c"}) {
    send_letter("k", letter);
    run_and_stop(topology, "stopped");
  }
  EXPECT_EQ(values("matches"), (Texts{"a1 b2 c3 "}));
}

TEST_F(PatternAppTest, is_restored_from_its_changelog_where_the_state_is_gone) {
  create("in", 1);
  create("matches", 1);
  create("timeouts", 1);
  const Topology topology = detecting(a().followed_by(b()), {.store = "p"});
  send_letter("k", "a");
  run_and_stop(topology, "moved");
  std::filesystem::remove_all(state_);
  send_letter("k", "b");
  run_and_stop(topology, "moved");
  EXPECT_EQ(values("matches"), (Texts{"a1 b2 "}));
}

TEST_F(PatternAppTest, partial_matches_of_another_pattern_are_not_taken_for_ones_of_this) {
  create("in", 1);
  create("matches", 1);
  create("timeouts", 1);
  send_letter("k", "a");
  run_and_stop(detecting(a().followed_by(b()), {.store = "p"}), "changed");
  send_letter("k", "b");
  App app(detecting(a().next(b()).within(3s), {.store = "p"}), log(), options("changed"));
  const auto result = app.run_to_end();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().detail.find("partial matches of another pattern"), std::string::npos)
      << result.error().to_string();
}

}  // namespace
}  // namespace weir::streams::pattern_app_test
