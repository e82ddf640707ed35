// What joins keep - buffers, who waits in them, time - survives stops, kills and aborted transactions: the results are
// those of a run that was never stopped, each once.
#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;

Text or_dash(const Text* text) {
  return text != nullptr ? *text : "-";
}

Topology outer_join(
    std::function<void(const Text&)> look = [](const Text&) {}, Compat compat = Compat::documented) {
  Builder builder({.compat = compat});
  auto left = builder.stream<Text, Text>("left");
  auto right = builder.stream<Text, Text>("right");
  auto join = [look](const Text* l, const Text* r) {
    const Text result = or_dash(l) + or_dash(r);
    look(result);
    return result;
  };
  left.outer_join(right, join, within(Millis(8)).after(Millis(3)).grace(Millis(4)), {.store = "pairs"}).to("out");
  return builder.build();
}

struct Input {
  const char* topic;
  Text key;
  Text value;
};

std::vector<Input> inputs(int count) {
  std::vector<Input> all;
  for (int i = 0; i < count; ++i) {
    all.push_back({i * 7 % 3 == 0 ? "left" : "right", "k" + std::to_string(i * 5 % 4), "v" + std::to_string(i)});
  }
  return all;
}

// Of an uninterrupted run over the inputs, which have the times 1, 2, ...
std::vector<Text> expected(const std::vector<Input>& inputs) {
  TestDriver driver(outer_join());
  std::int64_t time = 0;
  for (const Input& input : inputs) driver.input<Text, Text>(input.topic).pipe(input.key, input.value, ++time);
  std::vector<Text> results;
  for (const auto& record : driver.output<Text, Text>("out").read_all()) results.push_back(record.key + record.value);
  return results;
}

class JoinRestartTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    for (const char* topic : {"left", "right", "out"}) create(topic, 1);
  }
  void send_one(const Input& input) { send(input.topic, input.value, 0, input.key); }
  std::vector<Text> results() {
    std::vector<Text> all;
    for (const auto& record : read_all("out")) all.push_back(record.key + *record.value);
    return all;
  }
  void run_to_end(Millis apply_interval, Compat compat = Compat::documented) {
    AppOptions chosen = options("joining");
    chosen.apply_interval = apply_interval;
    App app(outer_join([](const Text&) {}, compat), log(), chosen);
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
};

TEST_F(JoinRestartTest, runs_that_follow_each_other_give_what_one_run_gives) {
  const auto all = inputs(120);
  const auto whole = expected(all);
  ASSERT_GT(whole.size(), 60u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    send_one(all[i]);
    // Between some runs the buffers go down to disk, between others they are read back from their changelogs.
    if (i % 10 == 9) run_to_end(i % 20 == 9 ? Millis(0) : Millis(1'000'000));
  }
  EXPECT_EQ(results(), whole);
}

TEST_F(JoinRestartTest, runs_that_follow_each_other_join_the_same_records_as_kafka_would) {
  const auto all = inputs(120);
  auto whole = expected(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    send_one(all[i]);
    if (i % 10 == 9) run_to_end(i % 20 == 9 ? Millis(0) : Millis(1'000'000), Compat::kafka);
  }
  auto found = results();  // those without a partner may go at other times
  std::sort(found.begin(), found.end());
  std::sort(whole.begin(), whole.end());
  EXPECT_EQ(found, whole);
}

TEST_F(JoinRestartTest, a_kill_loses_and_repeats_nothing) {
  const auto all = inputs(400);
  for (const Input& input : all) send_one(input);
  App app(outer_join(), log(), options("joining"));
  std::thread running([&] { (void)app.run(); });
  while (results().size() < 20) std::this_thread::yield();
  kill();
  app.stop();
  running.join();
  reopen();
  run_to_end(Millis(0));
  EXPECT_EQ(results(), expected(all));
}

TEST_F(JoinRestartTest, what_an_aborted_transaction_had_joined_is_joined_anew) {
  const auto all = inputs(60);
  const auto whole = expected(all);
  for (const Input& input : all) send_one(input);
  std::atomic<int> left_to_join = static_cast<int>(whole.size()) / 2;
  AppOptions chosen = options("joining");
  chosen.commit_interval = Millis(59'000);  // all in one transaction
  App app(outer_join([&](const Text& result) {
            if (--left_to_join == 0) throw std::runtime_error("cannot stand " + result);
          }),
          log(), chosen);
  auto failed = app.run_to_end();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::user_exception);
  EXPECT_TRUE(results().empty());
  run_to_end(Millis(0));
  EXPECT_EQ(results(), whole);
}

}  // namespace
}  // namespace weir::streams
