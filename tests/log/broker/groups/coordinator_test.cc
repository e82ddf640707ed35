#include "log/broker/groups/coordinator.h"

#include "tests/log/broker/groups/membership/group_world.h"

namespace weir::log::broker {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

class GroupsTest : public testing::Test, protected GroupWorld {
 protected:
  static TopicPartition partition(std::string topic) { return {std::move(topic), PartitionIndex(0)}; }
  void committed_now(const std::string& topic, std::string group = "g") {
    groups.offsets().apply({std::move(group), partition(topic), CommittedOffset{Offset(7), {}, "", time().wall_ms}},
                           Offset(next_++), std::nullopt);
  }
  std::vector<std::string> topics_of(const GroupCoordinator::Forgotten& forgotten) const {
    std::vector<std::string> topics;
    for (const auto& change : forgotten.offsets) topics.push_back(change.partition.topic);
    return topics;
  }
  std::int64_t next_ = 0;
};

TEST_F(GroupsTest, those_who_assign_by_hand_commit_without_being_members) {
  EXPECT_EQ(commit({}), ErrorCode::none);
  EXPECT_EQ(commit({.generation = 3}), ErrorCode::illegal_generation);
  EXPECT_EQ(commit({.member_id = "m"}), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit({.instance_id = "i"}), ErrorCode::unknown_member_id);
  committed_now("t");
  EXPECT_EQ(commit({.generation = 3}), ErrorCode::unknown_member_id);
}

TEST_F(GroupsTest, nobody_commits_by_hand_for_a_group_with_members_but_in_old_transactions) {
  auto ids = stable({{}});
  EXPECT_EQ(commit({}), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit({}, InTransaction::yes), ErrorCode::none);
  EXPECT_EQ(leave(ids[0]), ErrorCode::none);
  EXPECT_EQ(commit({}), ErrorCode::none);
}

TEST_F(GroupsTest, between_generations_offsets_are_committed_only_until_the_next_is_formed) {
  auto ids = stable({{}});
  const Ticket newcomer = join_known();
  EXPECT_EQ(commit({.generation = 1, .member_id = ids[0]}), ErrorCode::none);
  join({.member_id = ids[0]});
  ASSERT_TRUE(is_answered(newcomer));
  EXPECT_EQ(commit({.generation = 2, .member_id = ids[0]}), ErrorCode::rebalance_in_progress);
  EXPECT_EQ(commit({.generation = 2, .member_id = ids[0]}, InTransaction::yes), ErrorCode::none);
}

TEST_F(GroupsTest, metadata_of_more_than_4096_bytes_is_refused_for_its_partition_alone) {
  OffsetToCommit longest{partition("a"), {Offset(1), kNoLeaderEpoch, std::string(4096, 'x'), 0}};
  OffsetToCommit too_long{partition("b"), {Offset(1), kNoLeaderEpoch, std::string(4097, 'x'), 0}};
  auto commit = groups.decide_commit({.group = "g"}, {too_long, longest}, InTransaction::no, time());
  ASSERT_EQ(commit->changes.size(), 1u);
  EXPECT_EQ(commit->changes[0].partition, partition("a"));
  EXPECT_EQ(commit->outcomes[0].error().code, ErrorCode::offset_metadata_too_large);
  EXPECT_TRUE(commit->outcomes[1]);
}

TEST_F(GroupsTest, a_group_is_deleted_with_its_offsets_once_it_has_no_members) {
  EXPECT_EQ(groups.decide_delete("g").error().code, ErrorCode::group_id_not_found);
  auto ids = stable({{}});
  committed_now("t");
  EXPECT_EQ(groups.decide_delete("g").error().code, ErrorCode::non_empty_group);
  leave(ids[0]);
  auto forgotten = groups.decide_delete("g");
  ASSERT_TRUE(forgotten);
  EXPECT_EQ(topics_of(*forgotten), std::vector<std::string>{"t"});
  ASSERT_EQ(forgotten->groups.size(), 1u);
  groups.apply(*forgotten, Offset(next_));
  EXPECT_TRUE(groups.list().empty());
  EXPECT_EQ(groups.describe("g").group_state, "Dead");
}

TEST_F(GroupsTest, offsets_that_a_member_reads_on_from_are_not_deleted) {
  stable({{}});
  committed_now("t");
  committed_now("u");
  auto deletion = groups.decide_delete_offsets("g", {partition("t"), partition("u")});
  ASSERT_TRUE(deletion);
  EXPECT_EQ(deletion->outcomes[0].error().code, ErrorCode::group_subscribed_to_topic);
  EXPECT_TRUE(deletion->outcomes[1]);
  EXPECT_EQ(topics_of(deletion->forgotten), std::vector<std::string>{"u"});
}

TEST_F(GroupsTest, offsets_expire_seven_days_after_the_group_lost_its_last_member) {
  auto ids = stable({{}});
  committed_now("t");
  now_ms += 10 * kDayMs;
  EXPECT_TRUE(groups.decide_expire(time().wall_ms).empty()) << "its member reads it";
  leave(ids[0]);
  now_ms += 7 * kDayMs - 1;
  EXPECT_TRUE(groups.decide_expire(time().wall_ms).empty());
  now_ms += 1;
  auto forgotten = groups.decide_expire(time().wall_ms);
  EXPECT_EQ(topics_of(forgotten), std::vector<std::string>{"t"});
  EXPECT_EQ(forgotten.groups.size(), 1u);
}

TEST_F(GroupsTest, of_a_group_with_members_what_none_reads_expires_by_itself) {
  stable({{}});
  committed_now("t");
  committed_now("left");
  now_ms += 7 * kDayMs;
  auto forgotten = groups.decide_expire(time().wall_ms);
  EXPECT_EQ(topics_of(forgotten), std::vector<std::string>{"left"});
  EXPECT_TRUE(forgotten.groups.empty());
}

TEST_F(GroupsTest, offsets_of_those_who_assign_by_hand_expire_seven_days_after_they_were_committed) {
  committed_now("t", "by-hand");
  now_ms += kDayMs;
  committed_now("u", "by-hand");
  now_ms += 6 * kDayMs;
  EXPECT_EQ(topics_of(groups.decide_expire(time().wall_ms)), std::vector<std::string>{"t"});
}

TEST_F(GroupsTest, what_a_transaction_is_about_to_commit_does_not_expire) {
  committed_now("t");
  now_ms += 8 * kDayMs;
  groups.offsets().apply({"g", partition("t"), CommittedOffset{}}, Offset(next_++), ProducerId(1));
  EXPECT_TRUE(groups.decide_expire(time().wall_ms).empty());
}

TEST_F(GroupsTest, every_group_is_listed_with_its_state) {
  stable({{}});
  committed_now("t", "by-hand");
  auto listed = groups.list();
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].group_id, "by-hand");
  EXPECT_EQ(listed[0].group_state, "Empty");
  EXPECT_EQ(listed[0].protocol_type, "");
  EXPECT_EQ(listed[1].group_state, "Stable");
  EXPECT_EQ(listed[1].protocol_type, "consumer");
  EXPECT_EQ(listed[1].group_type, "classic");
}

TEST_F(GroupsTest, a_stable_group_is_described_with_what_its_members_have) {
  auto ids = stable({{}, {}});
  auto described = groups.describe("g");
  EXPECT_EQ(described.group_state, "Stable");
  EXPECT_EQ(described.protocol_data, "range");
  ASSERT_EQ(described.members.size(), 2u);
  EXPECT_EQ(described.members[1].member_assignment, "2");
  EXPECT_EQ(described.members[1].member_metadata, reads({"t"}));
}

}  // namespace
}  // namespace weir::log::broker
