// Groups of the new protocol (KIP-848) over sockets, as clients of other people's speak it, with the settings that a
// log has by default.
#include "log/wire/messages/consumer_group_describe.h"
#include "log/wire/messages/consumer_group_heartbeat.h"
#include "log/wire/messages/delete_groups.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_fetch.h"
#include "tests/log/server/server_world.h"

namespace weir::log::consumer_protocol_test {
namespace {

using Beat = wire::ConsumerGroupHeartbeatRequest;

class ConsumerProtocolTest : public ServedLog {
 protected:
  static Beat joining(const std::string& member) {
    Beat request;
    request.group_id = "g";
    request.member_id = member;
    request.rebalance_timeout_ms = 20'000;
    request.subscribed_topic_names = {"t"};
    request.topic_partitions.emplace();
    return request;
  }
  static Beat beating(const std::string& member, std::int32_t epoch) {
    Beat request;
    request.group_id = "g";
    request.member_id = member;
    request.member_epoch = epoch;
    return request;
  }
  static std::size_t count_in(const wire::ConsumerGroupHeartbeatResponse& response) {
    std::size_t count = 0;
    if (!response.assignment) return 0;
    for (const auto& topic : response.assignment->topic_partitions) count += topic.partitions.size();
    return count;
  }
  // What it is given it has.
  static void take(Beat& request, const wire::ConsumerGroupHeartbeatResponse& response) {
    request.topic_partitions.emplace();
    for (const auto& topic : response.assignment->topic_partitions) {
      request.topic_partitions->push_back({topic.topic_id, topic.partitions});
    }
  }
  static ErrorCode commit(net::RawClient& by, const std::string& member, std::int32_t epoch) {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = member;
    request.generation_id_or_member_epoch = epoch;
    request.topics.push_back({"t", {{PartitionIndex(0), Offset(3), kNoLeaderEpoch, -1, ""}}});
    return by.call(request, 9)->topics.at(0).partitions.at(0).error_code;
  }
};

TEST_F(ConsumerProtocolTest, two_members_share_a_topic_and_commit_in_their_epochs) {
  auto client = open_served();
  ASSERT_TRUE(client->admin()->create_topic({"t", 4, {}}));
  auto a = raw(*client), b = raw(*client);
  auto given = a.call(joining("a"), 1);
  ASSERT_TRUE(given && given->error_code == ErrorCode::none);
  EXPECT_EQ(count_in(*given), 4u);
  EXPECT_EQ(count_in(*b.call(joining("b"), 1)), 0u);
  auto next = beating("a", 1);
  take(next, *a.call(next, 1));
  EXPECT_EQ(a.call(next, 1)->member_epoch, 2);
  EXPECT_EQ(count_in(*b.call(beating("b", 2), 1)), 2u);

  EXPECT_EQ(commit(a, "a", 1), ErrorCode::stale_member_epoch);
  EXPECT_EQ(commit(a, "a", 2), ErrorCode::none);
  EXPECT_EQ(commit(a, "", -1), ErrorCode::unknown_member_id);
  const auto fetch = [&](std::int32_t epoch) {
    wire::OffsetFetchRequest request;
    auto& group = request.groups.emplace_back();
    group.group_id = "g";
    group.member_id = "a";
    group.member_epoch = epoch;
    group.topics.emplace().push_back({"t", {PartitionIndex(0)}});
    return a.call(request, 9)->groups.at(0);
  };
  EXPECT_EQ(fetch(2).topics.at(0).partitions.at(0).committed_offset, Offset(3));
  EXPECT_EQ(fetch(1).error_code, ErrorCode::stale_member_epoch);

  wire::ConsumerGroupDescribeRequest describe;
  describe.group_ids = {"g", "none"};
  const auto described = a.call(describe, 1);
  EXPECT_EQ(described->groups.at(0).group_state, "Stable");
  EXPECT_EQ(described->groups.at(0).members.size(), 2u);
  EXPECT_EQ(described->groups.at(0).members.at(0).member_type, 1);
  EXPECT_EQ(described->groups.at(1).error_code, ErrorCode::group_id_not_found);
  wire::ListGroupsRequest list;
  list.types_filter = {"Consumer"};
  EXPECT_EQ(a.call(list, 5)->groups.at(0).group_type, "consumer");
  wire::DeleteGroupsRequest remove;
  remove.groups_names = {"g"};
  EXPECT_EQ(a.call(remove, 2)->results.at(0).error_code, ErrorCode::non_empty_group);
  EXPECT_EQ(a.call(beating("a", -1), 1)->error_code, ErrorCode::none);
  EXPECT_EQ(a.call(beating("b", -1), 1)->error_code, ErrorCode::none);
  EXPECT_EQ(a.call(remove, 2)->results.at(0).error_code, ErrorCode::none);
  EXPECT_TRUE(a.call(list, 5)->groups.empty());
}

TEST_F(ConsumerProtocolTest, members_go_on_when_the_log_is_opened_again) {
  Beat next = beating("a", 1);
  {
    auto client = open_served();
    ASSERT_TRUE(client->admin()->create_topic({"t", 4, {}}));
    auto a = raw(*client);
    take(next, *a.call(joining("a"), 1));
  }
  auto client = open_served();
  auto a = raw(*client);
  const auto answer = a.call(next, 1);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error_code, ErrorCode::none);
  EXPECT_EQ(answer->member_epoch, 1);
  EXPECT_EQ(commit(a, "a", 1), ErrorCode::none);
  // A topic that grows meanwhile is noticed by the next heartbeat.
  ASSERT_TRUE(client->admin()->add_partitions("t", 6));
  EXPECT_EQ(count_in(*a.call(next, 1)), 6u);
}

TEST_F(ConsumerProtocolTest, what_is_refused_is_told_with_a_reason) {
  auto client = open_served();
  auto a = raw(*client);
  auto request = joining("a");
  request.server_assignor = "mine";
  const auto refused = a.call(request, 1);
  EXPECT_EQ(refused->error_code, ErrorCode::unsupported_assignor);
  EXPECT_NE(refused->error_message.value_or("").find("mine"), std::string::npos);
  EXPECT_EQ(a.call(beating("a", 3), 1)->error_code, ErrorCode::unknown_member_id);
  // In version 0 a member is given its id.
  const auto made = a.call(joining(""), 0);
  EXPECT_EQ(made->error_code, ErrorCode::none);
  EXPECT_FALSE(made->member_id.value_or("").empty());
}

}  // namespace
}  // namespace weir::log::consumer_protocol_test
