#include "log/broker/handlers/transactions.h"

#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

class TransactionsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_));
    ASSERT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  }

  const TopicPartition first_ = partition_of("t", 0);
  const TopicPartition second_ = partition_of("t", 1);
  MemoryFileSystem files_;
  TestBroker broker_;
  TestProducer producer_{broker_, "p"};
};

TEST_F(TransactionsTest, committed_records_of_all_partitions_appear_when_the_commit_is_answered) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"a", "b"}), ErrorCode::none);
  ASSERT_EQ(producer_.send(second_, {"c"}), ErrorCode::none);
  EXPECT_TRUE(broker_.committed(first_).empty());
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.committed(first_), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(broker_.committed(second_), (std::vector<std::string>{"c"}));
}

TEST_F(TransactionsTest, aborted_records_never_appear_and_hold_nothing_back) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"a"}), ErrorCode::none);
  ASSERT_EQ(producer_.abort(), ErrorCode::none);
  ASSERT_EQ(producer_.send(first_, {"b"}), ErrorCode::none);
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.committed(first_), (std::vector<std::string>{"b"}));
  auto at = broker_.partition(first_).positions();
  EXPECT_EQ(at.last_stable_offset, at.end);
}

TEST_F(TransactionsTest, a_batch_for_a_partition_that_was_not_added_is_refused) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"a"}), ErrorCode::none);
  EXPECT_EQ(producer_.append(second_, {"b"}), ErrorCode::invalid_txn_state);
  EXPECT_EQ(broker_.partition(second_).positions().end, Offset(0));
}

TEST_F(TransactionsTest, a_batch_that_comes_after_the_end_begins_no_transaction_again) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"a"}), ErrorCode::none);
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  EXPECT_EQ(producer_.append(first_, {"late"}), ErrorCode::invalid_txn_state);
  auto at = broker_.partition(first_).positions();
  EXPECT_EQ(at.last_stable_offset, at.end);
}

TEST_F(TransactionsTest, a_new_producer_of_the_same_id_aborts_what_the_old_one_left_and_fences_it) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"old"}), ErrorCode::none);
  TestProducer next(broker_, "p");
  ASSERT_TRUE(next.init());
  EXPECT_EQ(next.identity().id, producer_.identity().id);
  EXPECT_EQ(next.identity().epoch, producer_.identity().epoch + 2);
  EXPECT_EQ(producer_.append(first_, {"zombie"}), ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(producer_.send(second_, {"zombie"}), ErrorCode::producer_fenced);
  EXPECT_EQ(producer_.commit(), ErrorCode::producer_fenced);
  ASSERT_EQ(next.send(first_, {"new"}), ErrorCode::none);
  ASSERT_EQ(next.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.committed(first_), (std::vector<std::string>{"new"}));
}

TEST_F(TransactionsTest, requests_older_than_the_code_producer_fenced_get_its_former_name) {
  ASSERT_TRUE(producer_.init());
  TestProducer next(broker_, "p");
  ASSERT_TRUE(next.init());
  wire::EndTxnRequest end{"p", producer_.identity().id, producer_.identity().epoch, true};
  EXPECT_EQ(broker_.call(end, 1).error_code, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(broker_.call(end, 2).error_code, ErrorCode::producer_fenced);
}

TEST_F(TransactionsTest, one_unknown_partition_keeps_the_others_out_of_the_transaction) {
  ASSERT_TRUE(producer_.init());
  wire::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = "p";
  request.v3_and_below_producer_id = producer_.identity().id;
  request.v3_and_below_producer_epoch = producer_.identity().epoch;
  request.v3_and_below_topics = {{"t", {PartitionIndex(0)}}, {"none", {PartitionIndex(0)}}};
  auto topics = broker_.call(request, 3).results_by_topic_v3_and_below;
  EXPECT_EQ(topics[0].results_by_partition[0].partition_error_code, ErrorCode::operation_not_attempted);
  EXPECT_EQ(topics[1].results_by_partition[0].partition_error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(producer_.append(first_, {"a"}), ErrorCode::invalid_txn_state);
}

TEST_F(TransactionsTest, what_takes_too_long_is_aborted_and_its_producer_fenced) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"slow"}), ErrorCode::none);
  broker_.clock.advance(Millis(59'000));
  broker_.broker->run_due();
  EXPECT_EQ(broker_.partition(first_).positions().last_stable_offset, Offset(0));
  broker_.clock.advance(Millis(2'500));
  broker_.broker->run_due();
  auto at = broker_.partition(first_).positions();
  EXPECT_EQ(at.last_stable_offset, at.end);
  EXPECT_EQ(producer_.commit(), ErrorCode::producer_fenced);
  EXPECT_TRUE(broker_.committed(first_).empty());
}

TEST_F(TransactionsTest, offsets_count_when_the_transaction_commits_and_not_when_it_aborts) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send_offset("g", first_, 7), ErrorCode::none);
  EXPECT_EQ(*broker_.committed_offset("g", first_), -1);
  EXPECT_EQ(broker_.committed_offset("g", first_, true).error().code, ErrorCode::unstable_offset_commit);
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  EXPECT_EQ(*broker_.committed_offset("g", first_, true), 7);
  ASSERT_EQ(producer_.send_offset("g", first_, 9), ErrorCode::none);
  ASSERT_EQ(producer_.abort(), ErrorCode::none);
  EXPECT_EQ(*broker_.committed_offset("g", first_, true), 7);
}

TEST_F(TransactionsTest, offsets_of_a_fenced_producer_are_refused) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send_offset("g", first_, 7), ErrorCode::none);
  TestProducer next(broker_, "p");
  ASSERT_TRUE(next.init());
  EXPECT_EQ(broker_.commit_in_transaction("p", producer_.identity(), "g", first_, 8),
            ErrorCode::invalid_producer_epoch);
}

TEST_F(TransactionsTest, a_reopened_log_knows_producers_transactions_and_offsets) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"a"}), ErrorCode::none);
  ASSERT_EQ(producer_.send_offset("g", first_, 3), ErrorCode::none);
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  ASSERT_EQ(producer_.send(first_, {"b"}), ErrorCode::none);
  broker_.broker.reset();
  ASSERT_TRUE(broker_.open(files_));
  EXPECT_EQ(*broker_.committed_offset("g", first_, true), 3);
  // The broker was away, not the producer: its transaction goes on.
  ASSERT_EQ(producer_.send(first_, {"c"}), ErrorCode::none);
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.committed(first_), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(TransactionsTest, where_producers_are_local_opening_aborts_what_the_last_process_left) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(producer_.send(first_, {"a"}), ErrorCode::none);
  broker_.broker.reset();
  BrokerOptions options;
  options.producers_are_local = true;
  ASSERT_TRUE(broker_.open(files_, options));
  auto at = broker_.partition(first_).positions();
  EXPECT_EQ(at.last_stable_offset, at.end);
  EXPECT_EQ(producer_.commit(), ErrorCode::producer_fenced);
}

TEST_F(TransactionsTest, a_transaction_that_no_coordinator_knows_is_aborted_when_the_log_is_opened) {
  auto batch = storage::make_batch(storage::from_producer(77, 0, 0, {"orphan"}, true));
  ASSERT_TRUE(broker_.partition(first_).append(batch, storage::Origin::client));
  EXPECT_EQ(broker_.partition(first_).positions().last_stable_offset, Offset(0));
  broker_.broker.reset();
  ASSERT_TRUE(broker_.open(files_));
  auto at = broker_.partition(first_).positions();
  EXPECT_EQ(at.last_stable_offset, at.end);
  EXPECT_TRUE(broker_.committed(first_).empty());
}

TEST_F(TransactionsTest, a_deleted_topic_does_not_keep_a_transaction_from_ending) {
  ASSERT_TRUE(producer_.init());
  ASSERT_EQ(broker_.create_topic("gone"), ErrorCode::none);
  ASSERT_EQ(producer_.send(partition_of("gone"), {"x"}), ErrorCode::none);
  ASSERT_EQ(producer_.send(first_, {"a"}), ErrorCode::none);
  ASSERT_TRUE(broker_.broker->topics().remove("gone"));
  ASSERT_EQ(producer_.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.committed(first_), (std::vector<std::string>{"a"}));
}

// Whoever sets the clock ends no transaction, and keeps none open.
TEST_F(TransactionsTest, time_outs_do_not_follow_the_wall_clock) {
  for (Millis step : {Millis(3'600'000), Millis(-3'600'000), Millis(-3'600'000), Millis(30'000), Millis(-30'000)}) {
    TestProducer producer(broker_, "stepped");
    ASSERT_TRUE(producer.init());
    ASSERT_EQ(producer.send(first_, {"v"}), ErrorCode::none);
    broker_.clock.step_wall(step);
    broker_.clock.advance(Millis(2'000));
    broker_.broker->run_due();
    EXPECT_EQ(producer.send(first_, {"w"}), ErrorCode::none) << step.count();
    EXPECT_EQ(producer.commit(), ErrorCode::none) << step.count();
    ASSERT_EQ(producer.send(first_, {"late"}), ErrorCode::none);
    broker_.clock.step_wall(step);
    broker_.clock.advance(Millis(62'000));
    broker_.broker->run_due();
    EXPECT_NE(producer.commit(), ErrorCode::none) << step.count();
  }
}

}  // namespace
}  // namespace weir::log::broker
