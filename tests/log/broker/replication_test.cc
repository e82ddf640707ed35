// Leadership, followers and what acks wait for, as requests see it. There is one broker here; the other replicas are
// what a test says of them.
#include "tests/log/broker/waiting_call.h"

namespace weir::log::broker {
namespace {

constexpr NodeId kMe{0};
constexpr NodeId kOther{1};

class ReplicationTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_));
    ASSERT_EQ(broker_.create_topic("t"), ErrorCode::none);
    epoch_ = partition().epoch();
  }
  Partition& partition() { return broker_.partition(t0_); }
  void lead_two() { ASSERT_TRUE(partition().become_leader(epoch_ = epoch_ + 1, {kMe, kOther}, {kMe, kOther})); }

  wire::ProduceRequest produce(const std::string& value, std::int16_t acks) {
    const auto batch = storage::make_batch(value);
    wire::ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 5'000;
    request.topic_data.push_back({"t", {{PartitionIndex(0), Records{{batch.bytes}, batch.trust}}}});
    return request;
  }
  static ErrorCode code_of(const wire::ProduceResponse& response) {
    return response.responses.at(0).partition_responses.at(0).error_code;
  }
  wire::FetchRequest follow(std::int64_t offset, NodeId replica = kOther) {
    wire::FetchRequest request;
    request.replica_state.replica_id = replica;
    request.topics.push_back({"t", partition().topic_id(), {}});
    auto& wanted = request.topics[0].partitions.emplace_back();
    wanted.fetch_offset = Offset(offset);
    wanted.partition_max_bytes = 1'000'000;
    return request;
  }
  wire::FetchResponse::PartitionData followed(std::int64_t offset, NodeId replica = kOther) {
    return broker_.call(follow(offset, replica)).responses.at(0).partitions.at(0);
  }
  std::size_t seen() { return broker_.fetch(t0_, 0).records->parts.size(); }

  MemoryFileSystem files_;
  TestBroker broker_;
  const TopicPartition t0_ = partition_of("t");
  LeaderEpoch epoch_;
};

TEST_F(ReplicationTest, acks_all_is_answered_and_seen_when_the_follower_has_fetched_it) {
  lead_two();
  Waiting<wire::ProduceRequest> all(broker_, produce("a", -1));
  EXPECT_FALSE(all.is_done());
  Waiting<wire::ProduceRequest> one(broker_, produce("b", 1));
  EXPECT_EQ(code_of(one.response()), ErrorCode::none) << "the leader has it";
  Waiting<wire::ProduceRequest> none(broker_, produce("c", 0));
  EXPECT_TRUE(none.is_done());
  EXPECT_EQ(seen(), 0U);

  auto fetched = followed(0);
  EXPECT_EQ(fetched.records->parts.size(), 3U) << "a follower reads to the end";
  EXPECT_EQ(fetched.high_watermark, Offset(0));
  EXPECT_FALSE(all.is_done());
  ASSERT_EQ(followed(1).error_code, ErrorCode::none);
  EXPECT_EQ(code_of(all.response()), ErrorCode::none);
  EXPECT_EQ(seen(), 1U);
  ASSERT_EQ(followed(3).error_code, ErrorCode::none);
  EXPECT_EQ(seen(), 3U);
}

TEST_F(ReplicationTest, a_follower_at_the_end_waits_for_what_is_appended) {
  lead_two();
  auto request = follow(0);
  request.max_wait_ms = 60'000;
  request.min_bytes = 1;
  Waiting<wire::FetchRequest> fetch(broker_, std::move(request));
  EXPECT_FALSE(fetch.is_done());
  Waiting<wire::ProduceRequest> all(broker_, produce("a", -1));
  EXPECT_TRUE(fetch.is_done());
  EXPECT_FALSE(all.is_done()) << "it has been sent, not fetched beyond";
  EXPECT_EQ(fetch.response().responses.at(0).partitions.at(0).records->parts.size(), 1U);
  (void)followed(1);
  EXPECT_TRUE(all.is_done());
}

TEST_F(ReplicationTest, a_fetch_of_a_node_that_is_no_replica_is_refused) {
  EXPECT_EQ(followed(0).error_code, ErrorCode::not_leader_or_follower);
  lead_two();
  EXPECT_EQ(followed(0, NodeId(7)).error_code, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(followed(9).error_code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(partition().positions().high_watermark, Offset(0));
}

TEST_F(ReplicationTest, what_no_follower_fetches_is_request_timed_out_and_stays) {
  lead_two();
  Waiting<wire::ProduceRequest> all(broker_, produce("a", -1));
  broker_.clock.advance(Millis(4'999));
  broker_.broker->run_due();
  EXPECT_FALSE(all.is_done());
  broker_.clock.advance(Millis(1));
  broker_.broker->run_due();
  EXPECT_EQ(code_of(all.response()), ErrorCode::request_timed_out);
  (void)followed(1);
  EXPECT_EQ(seen(), 1U);
}

TEST_F(ReplicationTest, who_waits_is_told_when_another_node_leads) {
  lead_two();
  Waiting<wire::ProduceRequest> all(broker_, produce("a", -1));
  ASSERT_TRUE(partition().become_follower(epoch_ + 1));
  EXPECT_EQ(code_of(all.response()), ErrorCode::not_leader_or_follower);
  EXPECT_EQ(code_of(broker_.call(produce("b", 1))), ErrorCode::not_leader_or_follower);
  ASSERT_TRUE(partition().become_leader(epoch_ + 2, {kMe}, {kMe}));
  EXPECT_EQ(partition().epoch(), epoch_ + 2);
  EXPECT_EQ(code_of(broker_.call(produce("b", -1))), ErrorCode::none);
  EXPECT_EQ(partition().positions().latest_epoch, epoch_ + 2) << "records carry the epoch they were written in";
}

TEST_F(ReplicationTest, a_call_that_is_dropped_while_it_waits_leaves_nothing_behind) {
  lead_two();
  { Waiting<wire::ProduceRequest> all(broker_, produce("a", -1)); }
  (void)followed(1);
  broker_.clock.advance(Millis(60'000));
  broker_.broker->run_due();
  EXPECT_EQ(seen(), 1U);
}

TEST_F(ReplicationTest, min_insync_replicas_counts_who_keeps_up) {
  ASSERT_EQ(broker_.create_topic("two", 1, {{"min.insync.replicas", "2"}}), ErrorCode::none);
  auto& two = broker_.partition(partition_of("two"));
  ASSERT_TRUE(two.become_leader(epoch_ + 1, {kMe, kOther}, {kMe, kOther}));
  auto request = produce("a", -1);
  request.topic_data[0].name = "two";
  Waiting<wire::ProduceRequest> all(broker_, request);
  EXPECT_FALSE(all.is_done());
  two.set_in_sync({kMe});
  EXPECT_FALSE(all.is_done()) << "what one has is not committed";
  ASSERT_TRUE(two.follower_has(kOther, Offset(1)));
  two.set_in_sync({kMe, kOther});
  EXPECT_EQ(code_of(all.response()), ErrorCode::none);
}

}  // namespace
}  // namespace weir::log::broker
