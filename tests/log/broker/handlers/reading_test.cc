// Fetch and ListOffsets.
#include "log/broker/handlers/fetch.h"
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

class ReadingTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_));
    ASSERT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  }

  wire::FetchRequest request_for(std::int64_t offset) {
    wire::FetchRequest request;
    auto& topic = request.topics.emplace_back();
    topic.topic = "t";
    auto& wanted = topic.partitions.emplace_back();
    wanted.fetch_offset = Offset(offset);
    wanted.partition_max_bytes = 1'000;
    return request;
  }
  wire::FetchResponse::PartitionData fetch(wire::FetchRequest request) {
    return broker_.call(std::move(request)).responses.at(0).partitions.at(0);
  }
  // {offset, timestamp, error}
  wire::ListOffsetsResponse::ListOffsetsPartitionResponse list(std::int64_t timestamp,
                                                               Isolation isolation = Isolation::read_uncommitted) {
    wire::ListOffsetsRequest request;
    request.replica_id = NodeId(-1);
    request.isolation_level = isolation;
    request.topics.push_back({"t", {{PartitionIndex(0), kNoLeaderEpoch, timestamp, 1}}});
    return broker_.call(std::move(request)).topics.at(0).partitions.at(0);
  }

  const TopicPartition t0_ = partition_of("t", 0);
  MemoryFileSystem files_;
  TestBroker broker_;
};

TEST_F(ReadingTest, topics_are_found_by_id_or_by_name) {
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("a")).error_code, ErrorCode::none);
  auto request = request_for(0);
  request.topics[0].topic.clear();
  request.topics[0].topic_id = broker_.broker->topics().describe("t")->id;
  auto response = broker_.call(request);
  EXPECT_EQ(response.responses[0].topic_id, request.topics[0].topic_id);
  EXPECT_EQ(storage::records_in(*response.responses[0].partitions[0].records, Offset(0))->at(0).value, "a");
  request.topics[0].topic_id.bytes[3] ^= 1;
  EXPECT_EQ(fetch(request).error_code, ErrorCode::unknown_topic_id);
}

TEST_F(ReadingTest, positions_come_with_the_records_and_with_errors) {
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("a")).error_code, ErrorCode::none);
  auto data = fetch(request_for(0));
  EXPECT_EQ(data.high_watermark, Offset(1));
  EXPECT_EQ(data.log_start_offset, Offset(0));
  EXPECT_FALSE(data.aborted_transactions);
  auto beyond = fetch(request_for(2));
  EXPECT_EQ(beyond.error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(beyond.high_watermark, Offset(1));
}

TEST_F(ReadingTest, a_leader_epoch_that_is_not_the_leaders_is_refused) {
  const LeaderEpoch epoch = broker_.partition(t0_).epoch();
  auto request = request_for(0);
  request.topics[0].partitions[0].current_leader_epoch = epoch;
  EXPECT_EQ(fetch(request).error_code, ErrorCode::none);
  request.topics[0].partitions[0].current_leader_epoch = epoch + 1;
  EXPECT_EQ(fetch(request).error_code, ErrorCode::unknown_leader_epoch);
  broker_.broker.reset();
  ASSERT_TRUE(files_.remove("log/checkpoint"));  // an unclean end begins a new epoch
  ASSERT_TRUE(broker_.open(files_));
  request.topics[0].partitions[0].current_leader_epoch = epoch;
  EXPECT_EQ(fetch(request).error_code, ErrorCode::fenced_leader_epoch);
}

TEST_F(ReadingTest, a_history_that_parted_from_the_logs_is_told_where) {
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("a")).error_code, ErrorCode::none);
  const LeaderEpoch first = broker_.partition(t0_).epoch();
  broker_.broker.reset();
  ASSERT_TRUE(files_.remove("log/checkpoint"));
  ASSERT_TRUE(broker_.open(files_));
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("b")).error_code, ErrorCode::none);
  auto request = request_for(2);  // read offset 1 in the first epoch, which ended at 1
  request.topics[0].partitions[0].last_fetched_epoch = first;
  request.max_wait_ms = 60'000;
  request.min_bytes = 1;
  auto data = fetch(request);
  EXPECT_EQ(data.error_code, ErrorCode::none);
  EXPECT_EQ(data.diverging_epoch.epoch, first);
  EXPECT_EQ(data.diverging_epoch.end_offset, Offset(1));
  EXPECT_TRUE(data.records->parts.empty());
}

TEST_F(ReadingTest, the_ends_are_those_of_the_readers_isolation) {
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("a")).error_code, ErrorCode::none);
  TestProducer producer(broker_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(t0_, {"b", "c"}), ErrorCode::none);
  EXPECT_EQ(list(-1).offset, Offset(3));
  EXPECT_EQ(list(-1, Isolation::read_committed).offset, Offset(1));
  EXPECT_EQ(list(-2).offset, Offset(0));
  EXPECT_EQ(list(-4).offset, Offset(0));
  EXPECT_EQ(list(-5).offset, kNoOffset);
  EXPECT_EQ(list(-9).error_code, ErrorCode::invalid_request);
}

TEST_F(ReadingTest, offsets_are_found_by_time_at_the_record) {
  storage::BatchSpec spec{{"a", "b", "c"}, 5'000};  // 5000, 5001, 5002
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch(spec)).error_code, ErrorCode::none);
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch(storage::BatchSpec{{"d"}, 4'000})).error_code, ErrorCode::none);
  auto found = list(5'001);
  EXPECT_EQ(found.offset, Offset(1));
  EXPECT_EQ(found.timestamp, 5'001);
  EXPECT_EQ(found.leader_epoch, broker_.partition(t0_).epoch());
  EXPECT_EQ(list(6'000).offset, kNoOffset);
  EXPECT_EQ(list(-3).offset, Offset(2));
  EXPECT_EQ(list(-3).timestamp, 5'002);
}

TEST_F(ReadingTest, the_oldest_requests_get_a_list_of_offsets) {
  ASSERT_EQ(broker_.produce(t0_, storage::make_batch("a")).error_code, ErrorCode::none);
  wire::ListOffsetsRequest request;
  request.replica_id = NodeId(-1);
  request.topics.push_back({"t", {{PartitionIndex(0), kNoLeaderEpoch, -1, 1}}});
  auto answer = broker_.call(request, 0).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.old_style_offsets, (std::vector<Offset>{Offset(1)}));
}

}  // namespace
}  // namespace weir::log::broker
