// Stores are restored while tasks that are ready run, several at once, and a restore that is stopped or killed on its
// way goes on: whole applications. What keeps a restore on its way here is a transaction of somebody else's that is
// open at the end of a changelog.
#include <thread>

#include <gtest/gtest.h>

#include "streams/runtime/own_topics.h"
#include "streams/runtime/worker.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::restore_app_test {
namespace {

using Text = std::string;

// A stage with two stores, and one without any.
Topology topology() {
  Builder builder;
  auto in = builder.stream<Text, Text>("in");
  in.group_by_key().count({.store = "counts"}).to_stream().to("out");
  in.group_by_key()
      .windowed_by(tumbling(Millis(1'000'000'000)))
      .count({.store = "windows"})
      .to_stream()
      .select_key([](const Windowed<Text>& key, const auto&) { return key.key; })
      .to("window-out");
  builder.stream<Text, Text>("plain").map_values([](const Text& value) { return value + "!"; }).to("plain-out");
  return builder.build();
}

class RestoreAppTest : public testing_log::LogFixture {
 protected:
  static constexpr int kPartitions = 3;

  void SetUp() override {
    LogFixture::SetUp();
    for (const char* topic : {"in", "plain", "out", "window-out", "plain-out"}) create(topic, kPartitions);
  }
  AppOptions defaults() const {
    AppOptions chosen;  // nothing else is set
    chosen.application_id = "app";
    chosen.state_directory = state_.string();
    return chosen;
  }
  void send_keys(int times) {
    for (int i = 0; i < times; ++i) {
      const Text key = "k" + std::to_string(i);
      send("in", "v", i % kPartitions, key);
      ++expected_[key];
    }
  }
  void run_to_end() {
    App app(topology(), log(), defaults());
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
    restored_ = app.restored();
  }
  void check() {
    EXPECT_EQ(last_counts(read_all("out")), expected_);
    EXPECT_EQ(last_counts(read_all("window-out")), expected_);
  }
  void forget_state() { std::filesystem::remove_all(state_); }

  // Somebody else's transaction at the end of a changelog.
  std::unique_ptr<log::Producer> intruder() {
    log::ProducerOptions options;
    options.transactional_id = "intruder";
    auto producer = *log().producer(options);
    EXPECT_TRUE(producer->init_transactions());
    return producer;
  }
  static void intrude(log::Producer& producer) {
    ASSERT_TRUE(producer.begin_transaction());
    ASSERT_TRUE(producer.send("app-counts-changelog", log::PartitionIndex(1), 1, "never", "12345678"));
    ASSERT_TRUE(producer.flush());
  }

  struct Running {
    Running(Topology topology, log::Client client, const AppOptions& options)
        : app(std::move(topology), std::move(client), options), thread([this] { outcome = app.run(); }) {}
    void stop() {
      app.stop();
      thread.join();
      EXPECT_TRUE(outcome) << outcome.error().to_string();
    }
    App app;
    Result<> outcome;
    std::thread thread;
  };
  // All but the store whose changelog has an open end.
  static constexpr std::size_t kOthers = 2 * kPartitions - 1;

  std::map<Text, std::int64_t> expected_;
  std::vector<RestoreReport> restored_;
};

TEST_F(RestoreAppTest, several_stores_of_several_tasks_are_restored_together) {
  send_keys(300);
  run_to_end();
  forget_state();
  send_keys(30);
  run_to_end();
  EXPECT_EQ(restored_.size(), 2u * kPartitions);
  std::uint64_t records = 0;
  for (const RestoreReport& report : restored_) {
    EXPECT_EQ(report.rebuilt_because, std::nullopt);
    EXPECT_GT(report.to, report.from) << report.store;
    records += report.records;
  }
  EXPECT_EQ(records, 600u);
  check();
}

TEST_F(RestoreAppTest, tasks_that_are_ready_run_while_others_are_restored) {
  send_keys(30);
  run_to_end();
  forget_state();
  auto other = intruder();
  intrude(*other);
  send_keys(30);
  Running running(topology(), log(), defaults());
  for (int i = 0; i < 20; ++i) {
    send("plain", "a", i % kPartitions, NullableBytes("p"));
    while (read_all("plain-out").size() < static_cast<std::size_t>(i + 1)) std::this_thread::yield();
  }
  // The two tasks whose changelogs are closed count on; the third one waits.
  while (read_all("out").size() < 50) std::this_thread::yield();
  EXPECT_EQ(read_all("out").size(), 50u);
  EXPECT_LE(running.app.restored().size(), kOthers);
  // The end of the changelog moves: what was there is aborted, and nothing of it counts.
  ASSERT_TRUE(other->abort_transaction());
  while (read_all("out").size() < 60) std::this_thread::yield();
  running.stop();
  EXPECT_EQ(running.app.restored().size(), 2u * kPartitions);
  check();
}

TEST_F(RestoreAppTest, a_transaction_that_was_aborted_at_the_end_of_a_changelog_ends_the_restore) {
  send_keys(30);
  run_to_end();
  forget_state();
  auto other = intruder();
  intrude(*other);
  ASSERT_TRUE(other->abort_transaction());
  send_keys(30);
  run_to_end();
  check();
}

TEST_F(RestoreAppTest, a_restore_that_is_stopped_on_its_way_goes_on_from_there) {
  send_keys(30);
  run_to_end();
  forget_state();
  auto other = intruder();
  intrude(*other);
  send_keys(30);
  {
    Running running(topology(), log(), defaults());
    while (read_all("out").size() < 50) std::this_thread::yield();  // the others are restored, and this one nearly
    running.stop();
  }
  ASSERT_TRUE(other->abort_transaction());
  run_to_end();
  for (const RestoreReport& report : restored_) {
    EXPECT_GT(report.from, log::Offset(0)) << report.store << " " << report.partition.value();
  }
  check();
}

TEST_F(RestoreAppTest, a_restore_that_is_killed_on_its_way_gives_what_it_would_have_given) {
  send_keys(30);
  run_to_end();
  forget_state();
  auto other = intruder();
  intrude(*other);
  send_keys(30);
  const auto copy = state_.string() + "-killed";
  {
    AppOptions chosen = defaults();
    chosen.apply_interval = Millis(1);
    Running running(topology(), log(), chosen);
    while (read_all("out").size() < 50) std::this_thread::yield();
    kill();
    std::filesystem::copy(state_, copy, std::filesystem::copy_options::recursive);
    running.stop();
  }
  other.reset();
  reopen();
  forget_state();
  std::filesystem::rename(copy, state_);
  intruder();  // the one that was killed is fenced, and its transaction aborted
  run_to_end();
  check();
}

// What others post is done by the worker's thread, within its steps.
TEST_F(RestoreAppTest, a_worker_does_what_is_posted_in_its_next_step) {
  Builder builder;
  builder.stream<Text, Text>("plain").to("plain-out");
  const Topology plain = builder.build();
  const AppOptions chosen = defaults();
  const Plan plan = *plan_with_topics(plain, "app", *log().admin(), MissingTopics::are_an_error);
  Instance instance(log(), chosen, {}, ClosesWindows::no, {});  // that joined nobody yet
  Worker worker(plan, log(), chosen, {}, instance);
  ASSERT_TRUE(worker.start());
  std::vector<int> done;
  std::thread::id by;
  std::thread poster([&] {
    for (int i = 0; i < 3; ++i) {
      worker.post([&, i] {
        done.push_back(i);
        by = std::this_thread::get_id();
        if (i == 2) worker.post([&] { done.push_back(3); });
      });
    }
  });
  poster.join();
  EXPECT_TRUE(done.empty());
  ASSERT_TRUE(worker.step(Millis(0), nullptr));
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(by, std::this_thread::get_id());
  ASSERT_TRUE(worker.step(Millis(0), nullptr));
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2, 3}));
  ASSERT_TRUE(worker.close());
}

}  // namespace
}  // namespace weir::streams::restore_app_test
