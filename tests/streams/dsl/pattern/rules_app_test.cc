// Rules in applications that end, are killed and start again: what comes out is what comes out of a run that is never
// disturbed, each match once, by the version of the rule that was committed when the records came first.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <weir/pattern_rules.h>

#include "log/log.h"
#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::rules_app_test {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

Topology topology() {
  Builder builder;
  builder.stream<std::string, JsonEvent>("events")
      .detect(builder.pattern_rules<JsonEvent>("rules"), {.store = "found"})
      .map_values([](const RuleMatch<JsonEvent>& match) {
        std::string text = match.rule + " v" + std::to_string(match.version);
        for (const auto& one : match.events)
          text += " " + one.step + std::to_string(static_cast<int>(*one.event.number("n")));
        return text;
      })
      .to("alerts");
  return builder.build();
}

std::string rule(const std::string& id, int version, const std::string& pattern) {
  return R"({"id":")" + id + R"(","version":)" + std::to_string(version) + R"(,"pattern":")" + pattern + R"("})";
}
const std::string kFirst = "PATTERN (a -> b) DEFINE a AS kind = 'a', b AS kind = 'b'";
const std::string kOther = "PATTERN (a -> c) DEFINE a AS kind = 'a', c AS kind = 'c'";

class RulesAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("events", 1);
    create("rules", 1);
    create("alerts", 1);
  }

  void put(const std::string& id, const std::string& json) { send("rules", json, 0, id); }
  void event(const std::string& kind, const std::string& key = "k") {
    const std::string json = R"({"kind":")" + kind + R"(","n":)" + std::to_string(++sent_) + "}";
    send("events", json, 0, key);
    if (undisturbed_) undisturbed_->input<std::string, std::string>("events").pipe(key, json, sent_);
  }
  void run_to_end() {
    App app(topology(), log(), options("app"));
    const auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  // Runs until `enough` holds of its statistics; then it is killed, or stops in order.
  template <class Enough>
  void run_until(Enough enough, bool is_killed, Millis commit_interval = Millis(10), Millis grace = Millis(0)) {
    AppOptions chosen = options("app");
    chosen.commit_interval = commit_interval;
    App app(topology(), log(), chosen);
    std::atomic<bool> is_over = false;
    std::thread running([&] {
      const auto result = app.run();
      if (!is_over.exchange(true)) {
        EXPECT_TRUE(result) << result.error().to_string();
      }
    });
    while (!is_over && !enough(app.statistics())) std::this_thread::yield();
    is_over = is_killed;
    std::this_thread::sleep_for(grace);
    if (is_killed) kill();
    app.stop();
    running.join();
    if (is_killed) reopen();
  }
  Texts alerts() {
    Texts texts;
    for (const auto& record : read_all("alerts")) texts.push_back(*record.value);
    return texts;
  }

  std::int64_t sent_ = 0;
  std::unique_ptr<TestDriver> undisturbed_;
};

std::uint64_t version_of(const Statistics& now, const std::string& id) {
  const auto found = now.patterns.find("found.detect/" + id);
  return found == now.patterns.end() ? 0 : found->second.version;
}

TEST_F(RulesAppTest, rules_that_are_there_when_it_starts_apply_to_the_first_record) {
  put("r", rule("r", 1, kFirst));
  event("a");
  event("b");
  run_to_end();
  EXPECT_EQ(alerts(), (Texts{"r v1 a1 b2"}));
  put("r", rule("r", 2, kOther));  // while nothing runs
  for (const char* kind : {"a", "b", "c"}) event(kind);
  run_to_end();
  EXPECT_EQ(alerts(), (Texts{"r v1 a1 b2", "r v2 a3 c5"}));
}

TEST_F(RulesAppTest, rules_change_while_it_runs_without_a_record_and_leave_others_alone) {
  put("r", rule("r", 1, kFirst));
  put("s", rule("s", 1, kFirst));
  event("a");
  App app(topology(), log(), options("app"));
  std::thread running([&] {
    const auto result = app.run();
    EXPECT_TRUE(result) << result.error().to_string();
  });
  while (app.statistics().processed < 1) std::this_thread::yield();
  put("r", rule("r", 2, kOther));
  put("s", "not a rule");
  while (version_of(app.statistics(), "r") < 2 || app.statistics().refused_rules < 1) std::this_thread::yield();
  EXPECT_EQ(version_of(app.statistics(), "s"), 1u);
  for (const char* kind : {"b", "c", "a", "c"}) event(kind);
  while (app.statistics().processed < 5) std::this_thread::yield();
  send_bytes("rules", log::PartitionIndex(0), "r", std::nullopt);
  while (version_of(app.statistics(), "r") != 0) std::this_thread::yield();
  for (const char* kind : {"a", "c"}) event(kind);
  while (app.statistics().processed < 7) std::this_thread::yield();
  app.stop();
  running.join();
  EXPECT_EQ(alerts(), (Texts{"s v1 a1 b2", "r v2 a4 c5"}));
}

// What was processed and not committed is judged by the rules of then, although others are there by the time of the
// restart.
TEST_F(RulesAppTest, records_that_are_processed_again_meet_the_rules_that_they_met_first) {
  put("r", rule("r", 1, kFirst));
  event("a");
  run_until([](const Statistics& now) { return now.processed == 1; }, false);
  for (const char* kind : {"b", "a", "b"}) event(kind);
  run_until([](const Statistics& now) { return now.processed == 3; }, true, Millis(50'000));
  put("r", rule("r", 2, "PATTERN (b) DEFINE b AS kind = 'b'"));
  run_to_end();
  EXPECT_EQ(alerts(), (Texts{"r v1 a1 b2", "r v1 a3 b4"}));
  event("b");
  run_to_end();
  EXPECT_EQ(alerts(), (Texts{"r v1 a1 b2", "r v1 a3 b4", "r v2 b5"}));
}

TEST_F(RulesAppTest, what_it_works_by_is_restored_from_the_changelog_where_the_state_is_gone) {
  put("r", rule("r", 1, kFirst));
  put("s", rule("s", 1, kFirst));
  event("a");
  run_to_end();
  std::filesystem::remove_all(state_);
  event("b");
  run_to_end();
  EXPECT_EQ(alerts(), (Texts{"r v1 a1 b2", "s v1 a1 b2"}));
}

// Rules come, change and go between rounds in each of which it is killed at any moment.
TEST_F(RulesAppTest, a_run_that_is_killed_gives_what_one_gives_that_is_not) {
  undisturbed_ = std::make_unique<TestDriver>(topology());
  auto undisturbed_rules = undisturbed_->input<std::string, std::optional<std::string>>("rules");
  std::mt19937 random(11);
  for (int round = 0; round < 12; ++round) {
    const std::string id(1, static_cast<char>('r' + round % 3));
    if (round % 5 == 4) {
      send_bytes("rules", log::PartitionIndex(0), id, std::nullopt);
      undisturbed_rules.pipe(id, std::nullopt, 0);
    } else {
      const std::string json = rule(id, round + 1, random() % 2 == 0 ? kFirst : kOther);
      put(id, json);
      undisturbed_rules.pipe(id, json, 0);
    }
    run_to_end();  // takes it up; so there are positions, too
    for (int i = 0; i < 40; ++i) {
      event(std::string(1, static_cast<char>('a' + random() % 4)),
            std::string(1, static_cast<char>('x' + random() % 3)));
    }
    const std::uint64_t enough = random() % 40;
    run_until([&](const Statistics& now) { return now.processed >= enough; }, true, Millis(10), Millis(random() % 4));
    run_to_end();
  }
  Texts expected;
  for (const auto& record : undisturbed_->output<std::string, std::string>("alerts").read_all()) {
    expected.push_back(record.value);
  }
  ASSERT_GT(expected.size(), 50u);
  EXPECT_EQ(alerts(), expected);
}

}  // namespace
}  // namespace weir::streams::rules_app_test
