// Instances of an application share its tasks: who joins gets some, who leaves gives all back, nothing is counted twice
// or missing, and what stands in the way is told in words.
#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::sharing_app_test {
namespace {

using Text = std::string;

Topology counting(const Text& store = "c") {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = store}).to_stream().to("out");
  return builder.build();
}

// Two stages, with a topic between.
Topology counting_values() {
  Builder builder;
  builder.stream<NoKey, Text>("in")
      .group_by([](const Text& value) { return value; }, {.name = "by-value"})
      .count({.store = "values"})
      .to_stream()
      .to("out");
  return builder.build();
}

constexpr int kPartitions = 4;

class SharingAppTest : public testing_log::LogFixture {
 protected:
  struct Running {
    Running(const Topology& topology, log::Client& log, const AppOptions& options)
        : app(std::make_unique<App>(topology, log, options)), thread([this] {
            ended = app->run();
            has_ended = true;
          }) {}
    ~Running() { stop(); }
    void stop() {
      if (app != nullptr) app->stop();
      if (thread.joinable()) thread.join();
    }
    std::uint64_t metric(std::string_view name) const {
      for (const Metric& one : app->metrics()) {
        if (one.row.name == name) return one.value;
      }
      ADD_FAILURE() << name;
      return 0;
    }
    std::unique_ptr<App> app;
    Result<> ended;
    std::atomic<bool> has_ended{false};
    std::thread thread;
  };

  void SetUp() override {
    LogFixture::SetUp();
    create("in", kPartitions);
    create("out", 1);
  }
  AppOptions instance(const Text& name, int threads = 1) const {
    AppOptions chosen = options("app");
    chosen.state_directory = (state_ / name).string();
    chosen.threads = threads;
    return chosen;
  }
  void send_round() {
    for (int p = 0; p < kPartitions; ++p) {
      for (int i = 0; i < 5; ++i) send("in", "v", p, "k" + std::to_string(p));
    }
    sent_ += 5;
  }
  // All that was sent is counted, each once: every key's counts are 1, 2, 3, ...
  void expect_counted() {
    std::map<Text, std::int64_t> last;
    for (int look = 0; look < 3'000; ++look) {
      last.clear();
      for (const auto& record : read_all("out")) {
        const auto count = load_big_endian<std::int64_t>(record.value->data());
        ASSERT_EQ(count, last[record.key] + 1) << record.key;
        last[record.key] = count;
      }
      if (last.size() == kPartitions && std::ranges::all_of(last, [&](auto& one) { return one.second == sent_; }))
        return;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "not all is counted: " << last.size() << " keys, the first " << last.begin()->second << " of "
                  << sent_;
  }
  static void wait_for(const std::function<bool()>& is_so, const char* what) {
    const std::int64_t until = SystemClock::instance().deadline_ns(Millis(60'000));
    while (!is_so()) {
      ASSERT_LT(SystemClock::instance().monotonic_ns(), until) << what;
      std::this_thread::yield();
    }
  }
  // Each has so many tasks and runs them.
  static void wait_for_tasks(std::vector<std::pair<Running*, std::uint64_t>> wanted) {
    wait_for(
        [&] {
          return std::ranges::all_of(wanted, [](auto& one) {
            return one.first->has_ended ||
                   (one.first->metric("running") == one.second && one.first->metric("restoring") == 0);
          });
        },
        "the tasks are not shared");
    for (auto& [running, count] : wanted) ASSERT_FALSE(running->has_ended) << running->ended.error().to_string();
  }

  std::int64_t sent_ = 0;
};

TEST_F(SharingAppTest, who_joins_gets_its_part_and_who_leaves_gives_it_back) {
  Running first(counting(), log(), instance("a"));
  wait_for_tasks({{&first, 4}});
  send_round();
  {
    Running second(counting(), log(), instance("b"));
    send_round();
    wait_for_tasks({{&first, 2}, {&second, 2}});
    send_round();
    expect_counted();
    EXPECT_GT(second.app->statistics().processed, 0u);
    EXPECT_GT(second.app->statistics().restored, 0u);
    EXPECT_GE(first.app->statistics().rebalances, 2u);
    second.stop();
    EXPECT_TRUE(second.ended) << second.ended.error().to_string();
  }
  wait_for_tasks({{&first, 4}});
  send_round();
  expect_counted();
  first.stop();
  EXPECT_TRUE(first.ended) << first.ended.error().to_string();
}

TEST_F(SharingAppTest, three_with_threads_share_by_threads) {
  Running first(counting_values(), log(), instance("a", 2));
  Running second(counting_values(), log(), instance("b"));
  Running third(counting_values(), log(), instance("c"));
  wait_for_tasks({{&first, 4}, {&second, 2}, {&third, 2}});
  for (int i = 0; i < 20; ++i) send("in", "v" + std::to_string(i % 4), i % kPartitions);
  wait_for([&] { return read_all("out").size() >= 20; }, "not all came out");
  std::map<Text, std::int64_t> last;
  for (const auto& record : read_all("out")) {
    const auto count = load_big_endian<std::int64_t>(record.value->data());
    EXPECT_EQ(count, last[record.key] + 1);
    last[record.key] = count;
  }
  for (auto* one : {&first, &second, &third}) {
    one->stop();
    EXPECT_TRUE(one->ended) << one->ended.error().to_string();
  }
}

TEST_F(SharingAppTest, at_least_once_and_at_most_once_share_too) {
  for (Guarantee guarantee : {at_least_once, at_most_once}) {
    AppOptions a = instance("a"), b = instance("b");
    a.guarantee = b.guarantee = guarantee;
    Running first(counting(), log(), a);
    Running second(counting(), log(), b);
    wait_for_tasks({{&first, 2}, {&second, 2}});
    send_round();
    expect_counted();
    second.stop();
    EXPECT_TRUE(second.ended) << second.ended.error().to_string();
    wait_for_tasks({{&first, 4}});
    send_round();
    expect_counted();
    first.stop();
    EXPECT_TRUE(first.ended) << first.ended.error().to_string();
  }
}

TEST_F(SharingAppTest, two_runs_to_the_end_end_when_both_are_done) {
  send_round();
  App a(counting_values(), log(), instance("a"));
  App b(counting_values(), log(), instance("b"));
  Result<> a_ended, b_ended;
  std::thread other([&] { a_ended = a.run_to_end(); });
  b_ended = b.run_to_end();
  EXPECT_EQ(read_all("out").size(), 5u * kPartitions) << "who is done first waits for the other";
  other.join();
  EXPECT_TRUE(a_ended) << a_ended.error().to_string();
  EXPECT_TRUE(b_ended) << b_ended.error().to_string();
}

TEST_F(SharingAppTest, a_run_to_the_end_waits_for_what_an_instance_has_that_goes_on) {
  Running first(counting_values(), log(), instance("a"));
  wait_for_tasks({{&first, 8}});
  send_round();
  App second(counting_values(), log(), instance("b"));
  const auto done = second.run_to_end();
  EXPECT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(read_all("out").size(), 5u * kPartitions);
  EXPECT_FALSE(first.has_ended);
}

TEST_F(SharingAppTest, another_topology_is_refused_in_words_and_the_first_goes_on) {
  Running first(counting(), log(), instance("a"));
  wait_for_tasks({{&first, 4}});
  App second(counting("others"), log(), instance("b"));
  const auto refused = second.run();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().to_string().find("another topology"), Text::npos) << refused.error().to_string();
  send_round();
  expect_counted();
  EXPECT_FALSE(first.has_ended);
}

TEST_F(SharingAppTest, partitions_that_are_added_are_shared) {
  Builder builder;
  builder.stream<Text, Text>("in").to("out");
  const Topology passing = builder.build();
  AppOptions a = instance("a"), b = instance("b");
  a.topics_interval = b.topics_interval = Millis(20);
  Running first(passing, log(), a);
  Running second(passing, log(), b);
  wait_for_tasks({{&first, 2}, {&second, 2}});
  add_partitions("in", 6);
  wait_for_tasks({{&first, 3}, {&second, 3}});
  for (int p = 0; p < 6; ++p) send("in", "v", p, "k");
  wait_for([&] { return read_all("out").size() >= 6; }, "not all came out");
  EXPECT_EQ(read_all("out").size(), 6u);
}

// A lasting name: it is not told to leave, and nobody takes over what it comes back to within its session.
TEST_F(SharingAppTest, an_instance_that_the_user_named_comes_back_to_what_it_had) {
  AppOptions named = instance("b");
  named.group_instance_id = "b";
  named.session_timeout = Millis(30'000);
  named.rebalance_timeout = Millis(20'000);
  Running first(counting(), log(), instance("a"));
  {
    Running second(counting(), log(), named);
    wait_for_tasks({{&first, 2}, {&second, 2}});
    send_round();
    expect_counted();
  }
  EXPECT_EQ(first.metric("running"), 2u);
  const std::uint64_t rebalances = first.app->statistics().rebalances;
  Running again(counting(), log(), named);
  wait_for_tasks({{&first, 2}, {&again, 2}});
  EXPECT_EQ(first.app->statistics().rebalances, rebalances);
  send_round();
  expect_counted();
}

TEST_F(SharingAppTest, options_that_make_no_sense) {
  auto is_refused = [&](auto change) {
    AppOptions chosen = instance("a");
    change(chosen);
    EXPECT_THROW(App(counting(), log(), chosen), std::invalid_argument);
  };
  is_refused([](AppOptions& chosen) { chosen.session_timeout = Millis(1); });
  is_refused([](AppOptions& chosen) { chosen.rebalance_timeout = Millis(60'000); });
  is_refused([](AppOptions& chosen) { chosen.rebalance_timeout = Millis(0); });
  is_refused([](AppOptions& chosen) { chosen.group_instance_id = ""; });
}

}  // namespace
}  // namespace weir::streams::sharing_app_test
