// What is asked of brokers that speak older versions, and what is made of their answers.
#include "log/wire/client_apis.h"

#include <gtest/gtest.h>

#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/leave_group.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/txn_offset_commit.h"

namespace weir::log::wire {
namespace client_apis_test {
namespace {

template <class Request>
Result<> fit(Request& request, std::int16_t version) {
  return find_client_api(Request::kApiKey)->fit(&request, version);
}
template <class Request>
void lift(const Request& asked, typename Request::Response& answer, std::int16_t version) {
  find_client_api(Request::kApiKey)->lift(&asked, &answer, version);
}

TEST(ClientApis, lie_within_what_is_known_and_in_order) {
  ApiKey last{-1};
  for (const auto& row : client_apis()) {
    const auto* known = find_api(row.api);
    ASSERT_NE(known, nullptr);
    EXPECT_LT(last, row.api);
    EXPECT_GE(row.min_version, known->min_version) << known->name;
    EXPECT_LE(row.max_version, known->max_version) << known->name;
    EXPECT_EQ(find_client_api(row.api), &row);
    last = row.api;
  }
  EXPECT_EQ(find_client_api(ApiKey::consumer_group_heartbeat), nullptr);
}

TEST(ClientApis, the_newest_version_of_both_is_chosen) {
  const auto& produce = *find_client_api(ApiKey::produce);
  EXPECT_EQ(version_between(produce, nullptr, 0, 7).value(), 7);
  EXPECT_EQ(version_between(produce, nullptr, 0, 99).value(), produce.max_version);
  EXPECT_EQ(version_between(produce, nullptr, 3, 3).value(), 3);
}

TEST(ClientApis, ranges_that_do_not_meet_are_told_with_both) {
  const auto& produce = *find_client_api(ApiKey::produce);
  for (const auto& [min, max] : {std::pair<std::int16_t, std::int16_t>{0, 2}, {12, 14}}) {
    const auto none = version_between(produce, nullptr, min, max);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::unsupported_version);
    const std::string theirs = "versions " + std::to_string(min) + " to " + std::to_string(max);
    EXPECT_NE(none.error().detail.find("Produce: the broker takes " + theirs), std::string::npos)
        << none.error().detail;
    EXPECT_NE(none.error().detail.find("this client 3 to 11"), std::string::npos);
  }
}

TEST(ClientApis, a_fetch_of_topics_without_ids_is_told_by_name) {
  const auto& fetch = *find_client_api(ApiKey::fetch);
  FetchRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "t";
  EXPECT_EQ(version_between(fetch, &request, 4, 17).value(), 12);
  topic.topic_id.bytes[0] = 1;
  EXPECT_EQ(version_between(fetch, &request, 4, 17).value(), 17);
}

TEST(ClientApis, one_coordinator_is_asked_for_and_answered_as_several) {
  FindCoordinatorRequest request;
  request.coordinator_keys = {"g"};
  ASSERT_TRUE(fit(request, 3));
  EXPECT_EQ(request.key, "g");
  EXPECT_TRUE(request.coordinator_keys.empty());
  FindCoordinatorResponse answer;
  answer.node_id = NodeId(4);
  answer.host = "there";
  answer.port = 9;
  lift(request, answer, 3);
  ASSERT_EQ(answer.coordinators.size(), 1u);
  EXPECT_EQ(answer.coordinators[0].key, "g");
  EXPECT_EQ(answer.coordinators[0].node_id, NodeId(4));
  EXPECT_EQ(answer.coordinators[0].host, "there");
  EXPECT_EQ(answer.coordinators[0].port, 9);
  FindCoordinatorRequest several;
  several.coordinator_keys = {"g", "h"};
  EXPECT_EQ(fit(several, 3).error().code, ErrorCode::unsupported_version);
  EXPECT_TRUE(fit(several, 4));
}

TEST(ClientApis, offsets_of_one_group_are_asked_for_and_answered_as_of_several) {
  OffsetFetchRequest request;
  request.require_stable = true;
  auto& group = request.groups.emplace_back();
  group.group_id = "g";
  group.topics->push_back({"t", {PartitionIndex(2)}});
  OffsetFetchRequest all = request;
  all.groups[0].topics.reset();
  ASSERT_TRUE(fit(request, 7));
  EXPECT_TRUE(request.require_stable);
  EXPECT_EQ(request.group_id, "g");
  ASSERT_EQ(request.topics->size(), 1u);
  EXPECT_EQ((*request.topics)[0].partition_indexes, std::vector{PartitionIndex(2)});
  ASSERT_TRUE(fit(all, 2));
  EXPECT_FALSE(all.require_stable);
  EXPECT_FALSE(all.topics);

  OffsetFetchResponse answer;
  auto& topic = answer.topics.emplace_back();
  topic.name = "t";
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = PartitionIndex(2);
  partition.committed_offset = Offset(5);
  partition.committed_leader_epoch = LeaderEpoch(3);
  partition.metadata = "m";
  lift(request, answer, 7);
  ASSERT_EQ(answer.groups.size(), 1u);
  EXPECT_EQ(answer.groups[0].group_id, "g");
  const auto& lifted = answer.groups[0].topics.at(0).partitions.at(0);
  EXPECT_EQ(lifted.partition_index, PartitionIndex(2));
  EXPECT_EQ(lifted.committed_offset, Offset(5));
  EXPECT_EQ(lifted.committed_leader_epoch, LeaderEpoch(3));
  EXPECT_EQ(lifted.metadata, "m");
}

TEST(ClientApis, what_older_versions_cannot_say_is_left_out_or_refused) {
  TxnOffsetCommitRequest offsets;
  offsets.generation_id = 3;
  offsets.member_id = "m";
  ASSERT_TRUE(fit(offsets, 2));
  EXPECT_EQ(offsets.generation_id, -1);
  EXPECT_TRUE(offsets.member_id.empty());

  InitProducerIdRequest init;
  init.producer_id = ProducerId(7);
  init.producer_epoch = ProducerEpoch(1);
  ASSERT_TRUE(fit(init, 2));
  EXPECT_EQ(init.producer_id, kNoProducerId);
  EXPECT_EQ(init.producer_epoch, kNoProducerEpoch);

  LeaveGroupRequest leave;
  leave.members.push_back({"m", std::nullopt, std::nullopt});
  ASSERT_TRUE(fit(leave, 2));
  EXPECT_EQ(leave.member_id, "m");
  EXPECT_TRUE(leave.members.empty());

  DeleteTopicsRequest remove;
  remove.topics.push_back({"t", {}});
  ASSERT_TRUE(fit(remove, 5));
  EXPECT_EQ(remove.topic_names, std::vector<std::string>{"t"});

  CreateTopicsRequest create;
  auto& topic = create.topics.emplace_back();
  topic.name = "t";
  topic.num_partitions = 1;
  topic.replication_factor = -1;
  EXPECT_EQ(fit(create, 3).error().code, ErrorCode::unsupported_version);
  EXPECT_TRUE(fit(create, 4));

  JoinGroupRequest join;
  EXPECT_TRUE(fit(join, 4));
  join.group_instance_id = "one";
  EXPECT_TRUE(fit(join, 5));
  EXPECT_EQ(fit(join, 4).error().code, ErrorCode::unsupported_version);
}

}  // namespace
}  // namespace client_apis_test
}  // namespace weir::log::wire
