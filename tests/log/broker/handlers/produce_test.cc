#include "log/broker/handlers/produce.h"

#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

class ProduceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_));
    ASSERT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  }
  static Records records_of(const RecordBatch& batch) { return {{batch.bytes}, batch.trust}; }

  const TopicPartition t0_ = partition_of("t", 0);
  MemoryFileSystem files_;
  TestBroker broker_;
};

TEST_F(ProduceTest, one_partition_that_fails_does_not_fail_the_others) {
  wire::ProduceRequest request;
  request.acks = -1;
  request.topic_data = {{"none", {{PartitionIndex(0), records_of(storage::make_batch("x"))}}},
                        {"t",
                         {{PartitionIndex(0), records_of(storage::make_batch("a"))},
                          {PartitionIndex(9), records_of(storage::make_batch("x"))},
                          {PartitionIndex(1), records_of(storage::make_batch("b"))}}}};
  auto topics = broker_.call(std::move(request)).responses;
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].name, "none");
  EXPECT_EQ(topics[0].partition_responses[0].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics[0].partition_responses[0].error_message, "none-0");
  EXPECT_EQ(topics[1].partition_responses[0].error_code, ErrorCode::none);
  EXPECT_EQ(topics[1].partition_responses[1].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics[1].partition_responses[2].base_offset, Offset(0));
  EXPECT_EQ(broker_.committed(partition_of("t", 1)), (std::vector<std::string>{"b"}));
}

TEST_F(ProduceTest, a_batch_sent_twice_is_answered_with_its_first_offset) {
  auto batch = storage::make_batch(storage::from_producer(7, 0, 0, {"a", "b"}));
  EXPECT_EQ(broker_.produce(t0_, storage::make_batch("x")).base_offset, Offset(0));
  EXPECT_EQ(broker_.produce(t0_, batch).base_offset, Offset(1));
  auto again = broker_.produce(t0_, storage::make_batch(storage::from_producer(7, 0, 0, {"a", "b"})));
  EXPECT_EQ(again.error_code, ErrorCode::none);
  EXPECT_EQ(again.base_offset, Offset(1));
  auto gap = broker_.produce(t0_, storage::make_batch(storage::from_producer(7, 0, 5, {"c"})));
  EXPECT_EQ(gap.error_code, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(gap.base_offset, kNoOffset);
}

TEST_F(ProduceTest, records_that_are_not_exactly_one_batch_are_refused) {
  const std::string two =
      std::string(storage::make_batch("a").bytes.view()) + std::string(storage::make_batch("b").bytes.view());
  const Records wrong[] = {{}, {{SharedBytes::copy_of(two)}, Trust::foreign}};
  for (const auto& records : wrong) {
    wire::ProduceRequest request;
    request.acks = 1;
    request.topic_data = {{"t", {{PartitionIndex(0), records}}}};
    auto answer = broker_.call(std::move(request)).responses[0].partition_responses[0];
    EXPECT_EQ(answer.error_code, ErrorCode::invalid_record);
  }
}

TEST_F(ProduceTest, bytes_from_outside_are_checked_before_they_are_appended) {
  std::string bytes(storage::make_batch("a").bytes.view());
  bytes.back() ^= 1;
  auto batch = *RecordBatch::parse(SharedBytes::copy_of(bytes), Trust::foreign);
  EXPECT_EQ(broker_.produce(t0_, batch).error_code, ErrorCode::corrupt_message);
  EXPECT_EQ(broker_.partition(t0_).positions().end, Offset(0));
}

TEST_F(ProduceTest, acks_are_all_one_or_none) {
  wire::ProduceRequest request;
  request.acks = 2;
  request.topic_data = {{"t", {{PartitionIndex(0), records_of(storage::make_batch("a"))}}}};
  auto answer = broker_.call(std::move(request)).responses[0].partition_responses[0];
  EXPECT_EQ(answer.error_code, ErrorCode::invalid_required_acks);
  EXPECT_EQ(broker_.partition(t0_).positions().end, Offset(0));
}

TEST_F(ProduceTest, the_logs_own_topics_are_not_written_by_others) {
  ASSERT_EQ(broker_.commit_offset("g", t0_, 1), ErrorCode::none);
  auto answer = broker_.produce(partition_of(kOffsetsTopic), storage::make_batch("x"));
  EXPECT_EQ(answer.error_code, ErrorCode::invalid_topic);
}

TEST_F(ProduceTest, a_transactions_batch_needs_the_transactional_id) {
  auto producer = *broker_.init("p");
  ASSERT_EQ(broker_.add("p", producer, t0_), ErrorCode::none);
  auto batch = storage::make_batch(storage::from_producer(producer.id.value(), 0, 0, {"a"}, true));
  EXPECT_EQ(broker_.produce(t0_, batch).error_code, ErrorCode::invalid_txn_state);
  EXPECT_EQ(broker_.produce(t0_, batch, "other").error_code, ErrorCode::invalid_producer_id_mapping);
}

TEST_F(ProduceTest, where_answers_wait_for_the_disk_an_answered_record_is_on_it) {
  broker_.broker.reset();
  MemoryFileSystem files;
  BrokerOptions options;
  options.flush = Flush::before_answer;
  ASSERT_TRUE(broker_.open(files, options));
  ASSERT_EQ(broker_.create_topic("t"), ErrorCode::none);
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("a")).error_code, ErrorCode::none);
  EXPECT_EQ(broker_.partition(t0_).positions().synced, Offset(1));
  broker_.broker.reset();
}

TEST_F(ProduceTest, where_answers_wait_for_the_disk_a_transaction_is_synced_once_by_its_commit) {
  broker_.broker.reset();
  MemoryFileSystem files;
  BrokerOptions options;
  options.flush = Flush::before_answer;
  ASSERT_TRUE(broker_.open(files, options));
  ASSERT_EQ(broker_.create_topic("t"), ErrorCode::none);
  TestProducer producer(broker_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(t0_, {"a"}), ErrorCode::none);
  ASSERT_EQ(producer.append(t0_, {"b"}), ErrorCode::none);
  EXPECT_EQ(broker_.partition(t0_).positions().synced, Offset(0));
  ASSERT_EQ(producer.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.partition(t0_).positions().synced, Offset(3));
  broker_.broker.reset();
}

}  // namespace
}  // namespace weir::log::broker
