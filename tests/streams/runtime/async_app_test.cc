// map_async over the embedded log: runs that end, stop, fail or are killed while results are on their way.
#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class AsyncAppTest : public testing_log::LogFixture {};

using Sequences = std::map<std::string, std::vector<std::string>>;

Sequences by_key(const std::vector<testing_log::ReadRecord>& records) {
  Sequences sequences;
  for (const auto& record : records) sequences[record.key].push_back(*record.value);
  return sequences;
}

std::string plus_one(const std::string& value) {
  return std::to_string(std::stoi(value) + 1);
}

TEST_F(AsyncAppTest, a_run_to_the_end_waits_for_what_is_in_flight) {
  create("in", 1);
  create("out", 1);
  for (int i = 0; i < 20; ++i) send("in", std::to_string(i), 0, "k");
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async([](const std::string& value) {
        std::this_thread::sleep_for(Millis(3));
        return plus_one(value);
      })
      .to("out");
  App app(builder.build(), log(), options("adding"));
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  std::vector<std::string> expected;
  for (int i = 1; i <= 20; ++i) expected.push_back(std::to_string(i));
  EXPECT_EQ(by_key(read_all("out"))["k"], expected);
}

TEST_F(AsyncAppTest, records_are_worked_on_at_the_same_time_by_as_many_as_the_options_say) {
  create("in", 1);
  create("out", 1);
  for (int i = 0; i < 30; ++i) send("in", "v", 0, "k");
  std::atomic<int> running{0}, most{0};
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async(
          [&](const std::string& value) {
            int now = ++running;
            for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::sleep_for(Millis(5));
            --running;
            return value;
          },
          {.max_in_flight = 5, .threads = 20})
      .to("out");
  App app(builder.build(), log(), options("beside"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(read_all("out").size(), 30u);
  EXPECT_GT(most, 1);
  EXPECT_LE(most, 5);
}

TEST_F(AsyncAppTest, a_result_wakes_a_run_that_has_nothing_else_to_do) {
  create("in", 1);
  create("out", 1);
  Builder builder;
  std::atomic<int> asked{0};
  AsyncResult<std::string>* open = nullptr;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>(
          [&](const std::string&, const AsyncResult<std::string>& result) {
            open = new AsyncResult<std::string>(result);
            ++asked;
          },
          {.max_in_flight = 1})
      .to("out");
  AppOptions chosen = options("waking");
  chosen.commit_interval = Millis(40'000);  // nothing else would wake it
  App app(builder.build(), log(), chosen);
  std::thread running([&] { EXPECT_TRUE(app.run()); });
  for (int i = 1; i <= 3; ++i) {
    send("in", "v", 0, "k");
    while (asked < i) std::this_thread::yield();
    std::unique_ptr<AsyncResult<std::string>> mine(open);
    mine->complete("answer");
  }
  app.stop();
  running.join();
  EXPECT_EQ(read_all("out").size(), 3u);
}

TEST_F(AsyncAppTest, a_time_out_ends_the_run_with_the_place_and_nothing_of_the_open_commit_is_seen) {
  create("in", 1);
  create("out", 1);
  send("in", "good", 0, "k");
  send("in", "bad", 0, "k");
  std::vector<AsyncResult<std::string>> never;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>(
          [&](const std::string& value, const AsyncResult<std::string>& result) {
            value == "good" ? result.complete(value) : never.push_back(result);
          },
          {.name = "ask", .timeout = Millis(30)})
      .to("out");
  App app(builder.build(), log(), options("late"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::user_exception);
  for (const char* part : {"operator ask", "no result within 30 ms", "in-0 at offset 1"}) {
    EXPECT_NE(done.error().to_string().find(part), std::string::npos) << done.error().to_string();
  }
  EXPECT_TRUE(read_all("out").empty());
}

// Counts each key's records, asks about the count, and adds up the answers: state above and below what is in flight.
Topology counting_and_asking(ResultOrder order) {
  struct AddUp {
    KeyValueStore<std::string, std::int64_t> sums = {};
    void open(FixedKeyContext<std::string>& context) {
      sums = context.store<KeyValueStore<std::string, std::int64_t>>("sums");
    }
    void process(FixedKeyContext<std::string>& context, const ProcessorRecord<std::string, std::int64_t>& record) {
      std::int64_t& sum = sums.edit(record.key());
      sum += record.value();
      context.forward(std::to_string(record.value()) + ":" + std::to_string(sum));
    }
  };
  Builder builder;
  builder.add_store<KeyValueStore<std::string, std::int64_t>>({.store = "sums"});
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .count({.store = "counts"})
      .to_stream()
      .map_async(
          [](const std::string& key, std::int64_t count) {
            // One in a thousand is slow, the others take their time.
            const auto hash = std::hash<std::string>{}(key + std::to_string(count)) % 1'000;
            if (hash == 0) std::this_thread::sleep_for(Millis(30));
            if (hash % 10 == 1) std::this_thread::sleep_for(std::chrono::microseconds(200));
            return 10 * count;
          },
          {.order = order, .max_in_flight = 32, .threads = 4})
      .process_values<std::string>(AddUp{}, {.stores = {"sums"}})
      .to("out");
  return builder.build();
}

class AsyncKillTest : public testing_log::LogFixture, public ::testing::WithParamInterface<ResultOrder> {};

TEST_P(AsyncKillTest, a_kill_at_any_moment_loses_and_repeats_nothing_and_keeps_each_keys_order) {
  create("in", 2);
  create("out", 2);
  std::mt19937 random(7);
  std::map<std::string, std::int64_t> counts;
  Sequences expected;
  for (int round = 0; round < 14; ++round) {
    for (int i = 0; i < 200; ++i) {
      const int partition = static_cast<int>(random() % 2);
      const std::string key = std::to_string(partition) + "k" + std::to_string(random() % 5);
      send("in", "v", partition, key);
      const std::int64_t count = ++counts[key];
      expected[key].push_back(std::to_string(10 * count) + ":" + std::to_string(5 * count * (count + 1)));
    }
    App app(counting_and_asking(GetParam()), log(), options("asking"));
    std::atomic<bool> has_ended{false};
    std::thread running([&] {
      (void)app.run();
      has_ended = true;
    });
    const std::uint64_t until = random() % 180;
    while (app.statistics().processed < until && !has_ended) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3'000));
    kill();
    app.stop();
    running.join();
    reopen();
  }
  App app(counting_and_asking(GetParam()), log(), options("asking"));
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(by_key(read_all("out")), expected);
}

INSTANTIATE_TEST_SUITE_P(Orders, AsyncKillTest, ::testing::Values(ResultOrder::of_records, ResultOrder::per_key),
                         [](const auto& order) {
                           return order.param == ResultOrder::per_key ? "per_key" : "of_records";
                         });

}  // namespace
}  // namespace weir::streams
