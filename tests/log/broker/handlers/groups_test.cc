#include "log/broker/handlers/groups.h"

#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

class GroupHandlersTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_));
    ASSERT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  }

  const TopicPartition t0_ = partition_of("t", 0);
  const TopicPartition t1_ = partition_of("t", 1);
  MemoryFileSystem files_;
  TestBroker broker_;
};

TEST_F(GroupHandlersTest, a_committed_offset_survives_the_broker_with_all_that_belongs_to_it) {
  wire::OffsetCommitRequest request;
  request.group_id = "g";
  request.topics.push_back({"t", {{PartitionIndex(1), Offset(42), LeaderEpoch(3), -1, "note"}}});
  ASSERT_EQ(broker_.call(request).topics[0].partitions[0].error_code, ErrorCode::none);
  broker_.broker.reset();
  ASSERT_TRUE(broker_.open(files_));
  wire::OffsetFetchRequest fetch;
  fetch.groups.emplace_back().group_id = "g";
  fetch.groups[0].topics->push_back({"t", {PartitionIndex(1), PartitionIndex(0)}});
  auto answers = broker_.call(fetch).groups.at(0).topics.at(0).partitions;
  EXPECT_EQ(answers[0].committed_offset, Offset(42));
  EXPECT_EQ(answers[0].committed_leader_epoch, LeaderEpoch(3));
  EXPECT_EQ(answers[0].metadata, "note");
  EXPECT_EQ(answers[1].committed_offset, kNoOffset);
  EXPECT_EQ(answers[1].error_code, ErrorCode::none);
}

TEST_F(GroupHandlersTest, without_topics_everything_that_was_committed_is_told) {
  ASSERT_EQ(broker_.create_topic("u"), ErrorCode::none);
  for (const auto& partition : {t0_, t1_, partition_of("u")}) {
    ASSERT_EQ(broker_.commit_offset("g", partition, 5), ErrorCode::none);
  }
  ASSERT_EQ(broker_.commit_offset("other", t0_, 6), ErrorCode::none);
  wire::OffsetFetchRequest fetch;
  fetch.groups.emplace_back().group_id = "g";
  fetch.groups[0].topics.reset();
  auto topics = broker_.call(fetch).groups.at(0).topics;
  ASSERT_EQ(topics.size(), 2u);
  EXPECT_EQ(topics[0].partitions.size(), 2u);
  EXPECT_EQ(topics[1].partitions.at(0).committed_offset, Offset(5));
  wire::OffsetFetchRequest old;
  old.group_id = "g";
  old.topics.reset();
  EXPECT_EQ(broker_.call(old, 5).topics.size(), 2u);
}

TEST_F(GroupHandlersTest, one_partition_that_cannot_be_committed_does_not_keep_the_others) {
  wire::OffsetCommitRequest request;
  request.group_id = "g";
  request.topics.push_back({"none", {{PartitionIndex(0), Offset(1)}}});
  request.topics.push_back({"t",
                            {{PartitionIndex(0), Offset(2), kNoLeaderEpoch, -1, std::string(5'000, 'x')},
                             {PartitionIndex(1), Offset(3), kNoLeaderEpoch, -1, std::nullopt},
                             {PartitionIndex(2), Offset(4)}}});
  auto topics = broker_.call(request).topics;
  EXPECT_EQ(topics[0].partitions[0].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics[1].partitions[0].error_code, ErrorCode::offset_metadata_too_large);
  EXPECT_EQ(topics[1].partitions[1].error_code, ErrorCode::none);
  EXPECT_EQ(topics[1].partitions[2].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(*broker_.committed_offset("g", t1_), 3);
  EXPECT_EQ(*broker_.committed_offset("g", t0_), -1);
}

TEST_F(GroupHandlersTest, members_of_a_group_that_has_none_are_refused) {
  wire::OffsetCommitRequest request;
  request.group_id = "g";
  request.generation_id_or_member_epoch = 4;
  request.topics.push_back({"t", {{PartitionIndex(0), Offset(1)}}});
  EXPECT_EQ(broker_.call(request).topics[0].partitions[0].error_code, ErrorCode::illegal_generation);
  request.member_id = "m";
  EXPECT_EQ(broker_.call(request).topics[0].partitions[0].error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(*broker_.committed_offset("g", t0_), -1);
}

TEST_F(GroupHandlersTest, asking_for_offsets_makes_no_topic_and_committing_makes_it_once) {
  EXPECT_EQ(*broker_.committed_offset("g", t0_), -1);
  EXPECT_FALSE(broker_.broker->topics().describe(kOffsetsTopic));
  ASSERT_EQ(broker_.commit_offset("g", t0_, 1), ErrorCode::none);
  ASSERT_EQ(broker_.commit_offset("h", t0_, 2), ErrorCode::none);
  auto topic = broker_.broker->topics().describe(kOffsetsTopic);
  ASSERT_TRUE(topic);
  EXPECT_TRUE(topic->is_internal);
  EXPECT_EQ(topic->partitions, broker_.broker->options().coordinator_partitions);
}

}  // namespace
}  // namespace weir::log::broker
