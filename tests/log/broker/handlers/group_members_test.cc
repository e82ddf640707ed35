#include "log/broker/handlers/group_members.h"

#include "log/wire/message.h"
#include "log/wire/messages/delete_groups.h"
#include "log/wire/messages/describe_groups.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/offset_delete.h"
#include "sim/faulty_file.h"
#include "tests/log/broker/groups/membership/group_world.h"
#include "tests/log/broker/waiting_call.h"

namespace weir::log::broker {
namespace {

using WaitingJoin = Waiting<wire::JoinGroupRequest>;
using WaitingSync = Waiting<wire::SyncGroupRequest>;

class GroupMembersTest : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open(bool is_local = false) {
    broker_.broker.reset();
    BrokerOptions options;
    options.groups.initial_rebalance_delay = Millis(1'000);
    options.producers_are_local = is_local;
    ASSERT_TRUE(broker_.open(files_, options));
    const bool is_there = broker_.broker->topics().describe("t").has_value();
    ASSERT_TRUE(is_there || broker_.create_topic("t", 2) == ErrorCode::none);
  }
  void pass(std::int64_t ms) {
    broker_.clock.advance(Millis(ms));
    broker_.broker->run_due();
  }

  static wire::JoinGroupRequest join(std::string member_id = {}, std::optional<std::string> instance_id = {}) {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.member_id = std::move(member_id);
    request.group_instance_id = std::move(instance_id);
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 60'000;
    request.protocol_type = "consumer";
    request.protocols = {{"range", reads({"t"})}};
    return request;
  }
  static wire::SyncGroupRequest sync(const std::string& member_id, std::int32_t generation,
                                     std::optional<std::string> instance_id = {}) {
    wire::SyncGroupRequest request;
    request.group_id = "g";
    request.member_id = member_id;
    request.generation_id = generation;
    request.group_instance_id = std::move(instance_id);
    request.assignments = {{member_id, "mine"}};
    return request;
  }
  std::string new_member() { return WaitingJoin(broker_, join()).response().member_id; }

  // The only member of a stable group.
  std::string sole_member(std::optional<std::string> instance_id = {}) {
    WaitingJoin joining(broker_, join(instance_id ? "" : new_member(), instance_id));
    pass(1'000);
    const std::string id = joining.response().member_id;
    EXPECT_EQ(WaitingSync(broker_, sync(id, joining.response().generation_id, instance_id)).response().assignment,
              "mine");
    return id;
  }
  ErrorCode heartbeat(const std::string& member_id, std::int32_t generation,
                      std::optional<std::string> instance_id = {}) {
    return broker_.call(wire::HeartbeatRequest{"g", generation, member_id, std::move(instance_id)}).error_code;
  }
  wire::DescribeGroupsResponse::DescribedGroup described() {
    return broker_.call(wire::DescribeGroupsRequest{{"g"}}).groups.at(0);
  }
  PartitionIndex partition_of_group() {
    return coordinator_partition("g", broker_.broker->options().coordinator_partitions);
  }
  ErrorCode commit_as(const std::string& member_id, std::int32_t generation) {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = member_id;
    request.generation_id_or_member_epoch = generation;
    request.topics.push_back({"t", {{PartitionIndex(0), Offset(5)}}});
    return broker_.call(request).topics[0].partitions[0].error_code;
  }

  MemoryFileSystem files_;
  FaultyFileSystem disk_{files_};
  TestBroker broker_;
};

TEST_F(GroupMembersTest, whoever_joins_waits_for_the_timer_and_goes_on_by_its_own_loop) {
  WaitingJoin first(broker_, join(new_member()));
  WaitingJoin second(broker_, join(new_member()));
  EXPECT_FALSE(first.is_done());
  pass(1'000);
  pass(1'000);
  const auto& leader = first.response();
  const auto& follower = second.response();
  EXPECT_EQ(leader.leader, leader.member_id);
  EXPECT_EQ(leader.members.size(), 2u);
  WaitingSync waits(broker_, sync(follower.member_id, 1));
  EXPECT_FALSE(waits.is_done());
  auto division = sync(leader.member_id, 1);
  division.assignments.push_back({follower.member_id, "yours"});
  EXPECT_EQ(WaitingSync(broker_, division).response().assignment, "mine");
  EXPECT_EQ(waits.response().assignment, "yours");
  EXPECT_EQ(heartbeat(follower.member_id, 1), ErrorCode::none);
}

TEST_F(GroupMembersTest, a_request_that_is_given_up_while_it_waits_does_no_harm) {
  {
    WaitingJoin given_up(broker_, join(new_member()));
    EXPECT_FALSE(given_up.is_done());
  }
  pass(1'000);
  EXPECT_EQ(described().members.size(), 1u);
}

TEST_F(GroupMembersTest, a_silent_member_is_dropped_by_the_timer) {
  const std::string id = sole_member();
  pass(9'999);
  EXPECT_EQ(described().group_state, "Stable");
  pass(1);
  EXPECT_EQ(described().group_state, "Empty");
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::unknown_member_id);
}

TEST_F(GroupMembersTest, a_stable_group_survives_the_broker) {
  const std::string id = sole_member();
  ASSERT_EQ(commit_as(id, 1), ErrorCode::none);
  open();
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::none);
  EXPECT_EQ(described().members.at(0).member_assignment, "mine");
  EXPECT_EQ(commit_as(id, 1), ErrorCode::none);
  pass(10'000);
  EXPECT_EQ(described().group_state, "Empty");
}

TEST_F(GroupMembersTest, members_that_lived_in_the_process_that_is_gone_are_none_but_for_instances) {
  sole_member();
  open(true);
  EXPECT_EQ(described().group_state, "Empty");
  const std::string id = sole_member("i");
  const std::int32_t generation = 3;
  open(true);
  EXPECT_EQ(heartbeat(id, generation, "i"), ErrorCode::none);
}

TEST_F(GroupMembersTest, a_partition_is_given_up_and_taken_back_while_members_wait) {
  const std::string id = sole_member();
  WaitingJoin newcomer(broker_, join(new_member()));
  auto& groups = broker_.broker->coordinators().groups();
  groups.resign(partition_of_group(), LeaderEpoch(7));
  EXPECT_EQ(newcomer.response().error_code, ErrorCode::not_coordinator);
  EXPECT_EQ(WaitingJoin(broker_, join()).response().error_code, ErrorCode::not_coordinator);
  EXPECT_EQ(WaitingSync(broker_, sync(id, 1)).response().error_code, ErrorCode::not_coordinator);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::not_coordinator);
  EXPECT_EQ(commit_as(id, 1), ErrorCode::not_coordinator);
  EXPECT_EQ(described().error_code, ErrorCode::not_coordinator);
  EXPECT_EQ(broker_.committed_offset("g", partition_of("t")).error().code, ErrorCode::not_coordinator);
  EXPECT_EQ(broker_.loop.run(groups.adopt(partition_of_group(), LeaderEpoch(6), broker_.loop)).error().code,
            ErrorCode::not_coordinator)
      << "a word of an epoch that is over";
  ASSERT_TRUE(broker_.loop.run(groups.adopt(partition_of_group(), LeaderEpoch(8), broker_.loop)));
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::none);
  EXPECT_EQ(WaitingSync(broker_, sync(id, 1)).response().assignment, "mine");
}

TEST_F(GroupMembersTest, nobody_is_told_an_assignment_that_could_not_be_written) {
  broker_.broker.reset();
  BrokerOptions options;
  options.flush = Flush::before_answer;
  options.groups.initial_rebalance_delay = Millis(0);
  ASSERT_TRUE(broker_.open(disk_, options));
  ASSERT_TRUE(broker_.broker->topics().describe("t"));
  WaitingJoin joining(broker_, join(new_member()));
  const std::string id = joining.response().member_id;
  disk_.inject({.code = ErrorCode::no_space, .on = Fault::On::writes, .lasts = true});
  EXPECT_EQ(WaitingSync(broker_, sync(id, 1)).response().error_code, ErrorCode::coordinator_not_available);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::rebalance_in_progress);
  disk_.heal();
  WaitingJoin again(broker_, join(id));
  EXPECT_EQ(again.response().generation_id, 2);
  EXPECT_EQ(WaitingSync(broker_, sync(id, 2)).response().assignment, "mine");
  disk_.inject({.on = Fault::On::syncs});
  WaitingJoin once_more(broker_, join(id));  // a leader asks for another generation
  EXPECT_EQ(WaitingSync(broker_, sync(id, 3)).response().error_code, ErrorCode::coordinator_not_available);
  EXPECT_NE(described().group_state, "Stable");
}

TEST_F(GroupMembersTest, members_commit_in_their_generation_alone_by_themselves_and_in_transactions) {
  const std::string id = sole_member();
  EXPECT_EQ(commit_as(id, 0), ErrorCode::illegal_generation);
  EXPECT_EQ(commit_as("stranger", 1), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit_as("", -1), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit_as(id, 1), ErrorCode::none);

  auto producer = *broker_.init("p");
  ASSERT_EQ(broker_.add_offsets("p", producer, "g"), ErrorCode::none);
  wire::TxnOffsetCommitRequest request;
  request.transactional_id = "p";
  request.group_id = "g";
  request.producer_id = producer.id;
  request.producer_epoch = producer.epoch;
  request.member_id = id;
  request.generation_id = 0;
  request.topics.push_back({"t", {{PartitionIndex(0), Offset(9), kNoLeaderEpoch, ""}}});
  EXPECT_EQ(broker_.call(request).topics[0].partitions[0].error_code, ErrorCode::illegal_generation);
  request.generation_id = 1;
  EXPECT_EQ(broker_.call(request).topics[0].partitions[0].error_code, ErrorCode::none);
  ASSERT_EQ(broker_.end("p", producer, true), ErrorCode::none);
  EXPECT_EQ(*broker_.committed_offset("g", partition_of("t")), 9);
}

TEST_F(GroupMembersTest, several_members_leave_at_once_each_with_its_outcome) {
  const std::string id = sole_member();
  wire::LeaveGroupRequest request;
  request.group_id = "g";
  request.members = {{"stranger", {}, {}}, {id, {}, {}}};
  auto members = broker_.call(request).members;
  EXPECT_EQ(members[0].error_code, ErrorCode::unknown_member_id);
  EXPECT_EQ(members[1].error_code, ErrorCode::none);
  EXPECT_EQ(described().group_state, "Empty");
  wire::LeaveGroupRequest old;
  old.group_id = "g";
  old.member_id = id;
  EXPECT_EQ(broker_.call(old, 1).error_code, ErrorCode::unknown_member_id);
}

TEST_F(GroupMembersTest, every_version_is_answered_with_what_it_has) {
  for (std::int16_t version = 0; version <= wire::JoinGroupRequest::kMaxVersion; ++version) {
    auto wrong = join("stranger");
    EXPECT_TRUE(wire::encoded(WaitingJoin(broker_, wrong, version).response(), version)) << version;
    WaitingJoin joining(broker_, join(version < 4 ? "" : new_member()), version);
    pass(1'000);
    EXPECT_EQ(joining.response().error_code, ErrorCode::none) << version;
    EXPECT_TRUE(wire::encoded(joining.response(), version)) << version;
    wire::LeaveGroupRequest leave;
    leave.group_id = "g";
    leave.members = {{joining.response().member_id, {}, {}}};
    EXPECT_EQ(broker_.call(leave).members.at(0).error_code, ErrorCode::none);
  }
}

TEST_F(GroupMembersTest, groups_are_listed_by_state_and_type) {
  sole_member();
  ASSERT_EQ(broker_.commit_offset("by-hand", partition_of("t"), 1), ErrorCode::none);
  EXPECT_EQ(broker_.call(wire::ListGroupsRequest{}).groups.size(), 2u);
  auto stable = broker_.call(wire::ListGroupsRequest{{"stable"}, {}}).groups;
  ASSERT_EQ(stable.size(), 1u);
  EXPECT_EQ(stable[0].group_id, "g");
  EXPECT_EQ(broker_.call(wire::ListGroupsRequest{{}, {"Classic"}}).groups.size(), 2u);
  EXPECT_TRUE(broker_.call(wire::ListGroupsRequest{{}, {"consumer"}}).groups.empty());
}

TEST_F(GroupMembersTest, a_group_and_its_offsets_are_deleted_for_good) {
  const std::string id = sole_member();
  ASSERT_EQ(commit_as(id, 1), ErrorCode::none);
  wire::OffsetDeleteRequest offsets{"g", {{"t", {{PartitionIndex(0)}}}}};
  EXPECT_EQ(broker_.call(offsets).topics.at(0).partitions.at(0).error_code, ErrorCode::group_subscribed_to_topic);
  EXPECT_EQ(broker_.call(wire::DeleteGroupsRequest{{"g"}}).results.at(0).error_code, ErrorCode::non_empty_group);
  wire::LeaveGroupRequest leave;
  leave.group_id = "g";
  leave.members = {{id, {}, {}}};
  broker_.call(leave);
  EXPECT_EQ(broker_.call(offsets).topics.at(0).partitions.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(*broker_.committed_offset("g", partition_of("t")), -1);
  EXPECT_EQ(broker_.call(wire::DeleteGroupsRequest{{"g"}}).results.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(broker_.call(wire::DeleteGroupsRequest{{"g"}}).results.at(0).error_code, ErrorCode::group_id_not_found);
  open();
  EXPECT_TRUE(broker_.call(wire::ListGroupsRequest{}).groups.empty());
  EXPECT_EQ(described().group_state, "Dead");
}

}  // namespace
}  // namespace weir::log::broker
