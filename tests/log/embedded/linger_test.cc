// Batches that linger leave in time, whatever the owner of the producer does.
#include <thread>

#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

class LingerTest : public ClientTest {
 protected:
  explicit LingerTest(Clock* clock = nullptr) : ClientTest(clock) { create("t", 4); }

  std::unique_ptr<Producer> lingering(Millis linger, std::optional<std::string> transactional_id = {}) {
    ProducerOptions options;
    options.linger = linger;
    options.transactional_id = std::move(transactional_id);
    return client.producer(options).value();
  }
};

struct HasClock {
  ManualClock clock{1'700'000'000'000};
};
// Under a clock that the test moves.
class TimedLingerTest : protected HasClock, public LingerTest {
 protected:
  TimedLingerTest() : LingerTest(&clock) {}
};

TEST_F(TimedLingerTest, a_batch_leaves_though_nothing_else_is_called) {
  auto producer = lingering(Millis(5));
  ASSERT_TRUE(put(*producer, partition_of("t", 1), "alone"));
  clock.advance(Millis(2));
  ASSERT_TRUE(put(*producer, partition_of("t", 2), "alone too"));
  clock.advance(Millis(2));
  EXPECT_TRUE(all_in(partition_of("t", 1)).empty());
  clock.advance(Millis(1));
  EXPECT_EQ(all_in(partition_of("t", 1)).size(), 1u);
  EXPECT_TRUE(all_in(partition_of("t", 2)).empty());
  clock.advance(Millis(2));
  EXPECT_EQ(all_in(partition_of("t", 2)).size(), 1u);
  ASSERT_TRUE(put(*producer, partition_of("t", 1), "and again"));
  clock.advance(Millis(5));
  EXPECT_EQ(all_in(partition_of("t", 1)).size(), 2u);
}

TEST_F(TimedLingerTest, records_of_a_transaction_leave_within_it) {
  auto producer = lingering(Millis(5), "p");
  ASSERT_TRUE(producer->init_transactions());
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(producer->begin_transaction());
    ASSERT_TRUE(put(*producer, partition_of("t", 0), std::to_string(round)));
    if (round != 1) clock.advance(Millis(5));
    ASSERT_EQ(producer->partitions_in_transaction(), round == 1 ? 0u : 1u);
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
    // Now and then its owner does something else, until the others have gone.
    while (i % 500 == 0 && all_in(partition_of("t", i % 4)).size() < sent[i % 4].size()) std::this_thread::yield();
  }
  ASSERT_TRUE(producer->flush());
  for (int p = 0; p < 4; ++p) EXPECT_EQ(all_in(partition_of("t", p)), sent[p]) << p;
}

TEST_F(TimedLingerTest, what_goes_wrong_meanwhile_is_told_by_the_next_call) {
  auto producer = lingering(Millis(100));
  ASSERT_TRUE(put(*producer, partition_of("t", 0), "lost"));
  ASSERT_TRUE(client.admin()->delete_topic("t"));
  clock.advance(Millis(100));
  auto flushed = producer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_NE(flushed.error().to_string().find("topic t"), std::string::npos) << flushed.error().to_string();
}

TEST_F(LingerTest, producers_come_and_go_while_their_batches_linger) {
  for (int i = 0; i < 200; ++i) {
    auto producer = lingering(Millis(i % 2));
    const auto before = all_in(partition_of("t", 0)).size();
    ASSERT_TRUE(put(*producer, partition_of("t", 0), "perhaps"));
    while (i % 7 == 0 && all_in(partition_of("t", 0)).size() == before) std::this_thread::yield();
  }
}

}  // namespace
}  // namespace weir::log
