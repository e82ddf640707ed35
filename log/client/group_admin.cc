#include "log/client/group_admin.h"

#include "log/client/by_topic.h"
#include "log/client/coordinator_call.h"
#include "log/client/every_broker.h"
#include "log/wire/consumer_protocol.h"
#include "log/wire/messages/delete_groups.h"
#include "log/wire/messages/describe_groups.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/offset_delete.h"

namespace weir::log {

namespace {

Error describe_outcome(const wire::DescribeGroupsResponse& response) {
  if (response.groups.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the group"};
  return {response.groups.front().error_code, {}};
}

Error delete_outcome(const wire::DeleteGroupsResponse& response) {
  if (response.results.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the group"};
  return {response.results.front().error_code, {}};
}

Error delete_offsets_outcome(const wire::OffsetDeleteResponse& response) {
  if (response.error_code != ErrorCode::none) return {response.error_code, {}};
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code == ErrorCode::none) continue;
      return {partition.error_code, TopicPartition{topic.name, partition.partition_index}.to_string()};
    }
  }
  return {ErrorCode::none, {}};
}

// Of another kind of member, or of none yet, nobody here knows what the bytes mean.
std::vector<TopicPartition> partitions_in(const OwnedBytes& assignment, const std::string& protocol_type) {
  if (protocol_type != "consumer" || assignment.empty()) return {};
  auto parsed = wire::parse_assignment(assignment);
  return parsed ? std::move(parsed->partitions) : std::vector<TopicPartition>();
}

}  // namespace

Task<Result<std::vector<GroupListing>>> list_groups(Connection& connection) {
  wire::ListGroupsRequest request;
  WEIR_CO_TRY_VAR(responses, co_await call_every_broker(connection, std::move(request)));
  std::vector<GroupListing> groups;
  for (auto& response : responses) {
    for (auto& group : response.groups) {
      groups.push_back({std::move(group.group_id), std::move(group.protocol_type), std::move(group.group_state)});
    }
  }
  co_return groups;
}

Task<Result<GroupDescription>> describe_group(Connection& connection, ClusterView& view, std::string group) {
  wire::DescribeGroupsRequest request;
  request.groups = {group};
  auto response = co_await call_coordinator(connection, view, wire::CoordinatorType::group, group, std::move(request),
                                            describe_outcome);
  if (!response) co_return fail(response.error().at("group " + group));
  auto& told = response->groups.front();
  GroupDescription described{
      group, std::move(told.group_state), std::move(told.protocol_type), std::move(told.protocol_data), {}};
  for (auto& member : told.members) {
    described.members.push_back({std::move(member.member_id), std::move(member.group_instance_id),
                                 std::move(member.client_id), std::move(member.client_host),
                                 partitions_in(member.member_assignment, described.protocol_type)});
  }
  co_return described;
}

Task<Result<>> delete_group(Connection& connection, ClusterView& view, std::string group) {
  wire::DeleteGroupsRequest request;
  request.groups_names = {group};
  auto response = co_await call_coordinator(connection, view, wire::CoordinatorType::group, group, std::move(request),
                                            delete_outcome);
  if (!response) co_return fail(response.error().at("group " + group));
  co_return Result<>{};
}

Task<Result<>> delete_group_offsets(Connection& connection, ClusterView& view, std::string group,
                                    std::vector<TopicPartition> partitions) {
  wire::OffsetDeleteRequest request;
  request.group_id = group;
  ByTopic topics(request.topics, &wire::OffsetDeleteRequest::OffsetDeleteRequestTopic::name);
  for (const auto& partition : partitions) {
    topics[partition.topic].partitions.push_back({partition.partition});
  }
  auto response = co_await call_coordinator(connection, view, wire::CoordinatorType::group, group, std::move(request),
                                            delete_offsets_outcome);
  if (!response) co_return fail(response.error().at("group " + group));
  co_return Result<>{};
}

}  // namespace weir::log
