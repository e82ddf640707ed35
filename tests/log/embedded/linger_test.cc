// Batches that linger leave in time, whatever the owner of the producer does.
#include <chrono>
#include <thread>

#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

using namespace std::chrono_literals;

class LingerTest : public ClientTest {
 protected:
  LingerTest() { create("t", 4); }

  std::unique_ptr<Producer> lingering(Millis linger, std::optional<std::string> transactional_id = {}) {
    ProducerOptions options;
    options.linger = linger;
    options.transactional_id = std::move(transactional_id);
    return client.producer(options).value();
  }
  template <class Condition>
  static bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
    return condition();
  }
};

TEST_F(LingerTest, a_batch_leaves_though_nothing_else_is_called) {
  auto producer = lingering(Millis(5));
  ASSERT_TRUE(put(*producer, partition_of("t", 1), "alone"));
  ASSERT_TRUE(put(*producer, partition_of("t", 2), "alone too"));
  EXPECT_TRUE(
      comes_true([&] { return all_in(partition_of("t", 1)).size() == 1 && all_in(partition_of("t", 2)).size() == 1; }));
  ASSERT_TRUE(put(*producer, partition_of("t", 1), "and again"));
  EXPECT_TRUE(comes_true([&] { return all_in(partition_of("t", 1)).size() == 2; }));
}

TEST_F(LingerTest, records_of_a_transaction_leave_within_it) {
  auto producer = lingering(Millis(5), "p");
  ASSERT_TRUE(producer->init_transactions());
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(producer->begin_transaction());
    ASSERT_TRUE(put(*producer, partition_of("t", 0), std::to_string(round)));
    const bool is_left = round == 1 || comes_true([&] { return producer->partitions_in_transaction() == 1; });
    ASSERT_TRUE(is_left);
    ASSERT_TRUE(round == 1 ? producer->abort_transaction() : producer->commit_transaction());
  }
  EXPECT_EQ(committed_in(partition_of("t", 0)), (Values{"0", "2"}));
}

TEST_F(LingerTest, whoever_sends_them_records_are_written_once_and_in_order) {
  auto producer = lingering(Millis(1));
  std::map<int, Values> sent;
  for (int i = 0; i < 3'000; ++i) {
    ASSERT_TRUE(put(*producer, partition_of("t", i % 4), std::to_string(i)));
    sent[i % 4].push_back(std::to_string(i));
    if (i % 100 == 0) std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(producer->flush());
  for (int p = 0; p < 4; ++p) EXPECT_EQ(all_in(partition_of("t", p)), sent[p]) << p;
}

TEST_F(LingerTest, what_goes_wrong_meanwhile_is_told_by_the_next_call) {
  auto producer = lingering(Millis(100));
  ASSERT_TRUE(put(*producer, partition_of("t", 0), "lost"));
  ASSERT_TRUE(client.admin()->delete_topic("t"));
  std::this_thread::sleep_for(150ms);
  auto flushed = producer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_NE(flushed.error().to_string().find("topic t"), std::string::npos) << flushed.error().to_string();
}

TEST_F(LingerTest, producers_come_and_go_while_their_batches_linger) {
  for (int i = 0; i < 200; ++i) {
    auto producer = lingering(Millis(i % 2));
    ASSERT_TRUE(put(*producer, partition_of("t", 0), "perhaps"));
    if (i % 7 == 0) std::this_thread::sleep_for(1ms);
  }
}

}  // namespace
}  // namespace weir::log
