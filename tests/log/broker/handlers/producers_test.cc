#include "log/broker/handlers/producers.h"

#include "log/wire/messages/describe_cluster.h"
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

class ProducerHandlersTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_));
    ASSERT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  }
  std::vector<std::string> listed(wire::ListTransactionsRequest request) {
    std::vector<std::string> ids;
    for (const auto& one : broker_.call(request).transaction_states) ids.push_back(one.transactional_id);
    return ids;
  }

  MemoryFileSystem files_;
  TestBroker broker_;
};

TEST_F(ProducerHandlersTest, a_partition_tells_who_writes_it_and_since_when_a_transaction_is_open) {
  TestProducer producer(broker_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(partition_of("t"), {"a", "b"}), ErrorCode::none);
  wire::DescribeProducersRequest request;
  request.topics.push_back({"t", {PartitionIndex(0), PartitionIndex(1), PartitionIndex(9)}});
  auto partitions = broker_.call(request).topics.at(0).partitions;
  ASSERT_EQ(partitions[0].active_producers.size(), 1u);
  const auto& told = partitions[0].active_producers[0];
  EXPECT_EQ(told.producer_id, producer.identity().id);
  EXPECT_EQ(told.last_sequence, Sequence(1));
  EXPECT_EQ(told.current_txn_start_offset, Offset(0));
  EXPECT_TRUE(partitions[1].active_producers.empty());
  EXPECT_EQ(partitions[2].error_code, ErrorCode::unknown_topic_or_partition);
  ASSERT_EQ(producer.commit(), ErrorCode::none);
  EXPECT_EQ(broker_.call(request).topics.at(0).partitions.at(0).active_producers.at(0).current_txn_start_offset,
            kNoOffset);
}

TEST_F(ProducerHandlersTest, a_producer_that_wrote_nothing_for_a_day_is_forgotten) {
  auto spec = storage::from_producer(7, 0, 0, {"a"});
  spec.timestamp_ms = broker_.clock.wall_ms();
  auto batch = storage::make_batch(spec);
  ASSERT_EQ(broker_.produce(partition_of("t"), batch).error_code, ErrorCode::none);
  auto known = [&] {
    wire::DescribeProducersRequest request;
    request.topics.push_back({"t", {PartitionIndex(0)}});
    return broker_.call(request).topics.at(0).partitions.at(0).active_producers.size();
  };
  broker_.clock.advance(Millis(86'000'000));
  broker_.broker->run_due();
  EXPECT_EQ(known(), 1u);
  broker_.clock.advance(Millis(2'000'000));
  broker_.broker->run_due();
  EXPECT_EQ(known(), 0u);
}

TEST_F(ProducerHandlersTest, a_transaction_is_described_with_its_partitions) {
  TestProducer producer(broker_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(partition_of("t", 1), {"a"}), ErrorCode::none);
  auto states = broker_.call(wire::DescribeTransactionsRequest{{"p", "none"}}).transaction_states;
  EXPECT_EQ(states[0].transaction_state, "Ongoing");
  EXPECT_EQ(states[0].producer_id, producer.identity().id);
  ASSERT_EQ(states[0].topics.size(), 1u);
  EXPECT_EQ(states[0].topics[0].partitions, std::vector{PartitionIndex(1)});
  EXPECT_EQ(states[1].error_code, ErrorCode::transactional_id_not_found);
}

TEST_F(ProducerHandlersTest, transactions_are_listed_by_state_producer_and_age) {
  TestProducer open(broker_, "open");
  TestProducer done(broker_, "done");
  for (auto* producer : {&open, &done}) {
    ASSERT_TRUE(producer->init());
    ASSERT_EQ(producer->send(partition_of("t"), {"a"}), ErrorCode::none);
  }
  ASSERT_EQ(done.commit(), ErrorCode::none);
  EXPECT_EQ(listed({}).size(), 2u);
  EXPECT_EQ(listed({{"Ongoing"}, {}, -1}), std::vector<std::string>{"open"});
  EXPECT_EQ(listed({{}, {done.identity().id}, -1}), std::vector<std::string>{"done"});
  EXPECT_TRUE(listed({{}, {}, 1'000}).empty());
  broker_.clock.advance(Millis(1'001));
  EXPECT_EQ(listed({{}, {}, 1'000}), std::vector<std::string>{"open"});
  EXPECT_EQ(broker_.call(wire::ListTransactionsRequest{{"Odd"}, {}, -1}).unknown_state_filters,
            std::vector<std::string>{"Odd"});
}

TEST_F(ProducerHandlersTest, the_cluster_is_one_broker_that_controls_it) {
  auto cluster = broker_.call(wire::DescribeClusterRequest{});
  ASSERT_EQ(cluster.brokers.size(), 1u);
  EXPECT_EQ(cluster.controller_id, cluster.brokers[0].broker_id);
  EXPECT_FALSE(cluster.cluster_id.empty());
  EXPECT_EQ(broker_.call(wire::DescribeClusterRequest{false, 2}).error_code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace weir::log::broker
