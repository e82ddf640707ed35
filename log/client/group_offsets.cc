#include "log/client/group_offsets.h"

#include "log/client/by_topic.h"
#include "log/client/coordinator_call.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_fetch.h"

namespace weir::log {

namespace {

std::string place_and_cause(const TopicPartition& partition, const std::optional<std::string>& message) {
  return message ? partition.to_string() + ": " + *message : partition.to_string();
}

Error commit_outcome(const wire::OffsetCommitResponse& response) {
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code == ErrorCode::none) continue;
      return {partition.error_code, place_and_cause({topic.name, partition.partition_index}, partition.error_message)};
    }
  }
  return {ErrorCode::none, {}};
}

Error fetch_outcome(const wire::OffsetFetchResponse& response) {
  if (response.groups.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the group"};
  const auto& group = response.groups.front();
  if (group.error_code != ErrorCode::none) return {group.error_code, {}};
  for (const auto& topic : group.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code == ErrorCode::none) continue;
      return {partition.error_code, place_and_cause({topic.name, partition.partition_index}, partition.error_message)};
    }
  }
  return {ErrorCode::none, {}};
}

}  // namespace

Task<Result<>> commit_group_offsets(Connection& connection, ClusterView& view, GroupMetadata who,
                                    std::vector<PartitionOffset> offsets) {
  const std::string group = who.group_id;
  wire::OffsetCommitRequest request;
  request.group_id = group;
  request.generation_id_or_member_epoch = who.generation;
  request.member_id = std::move(who.member_id);
  request.group_instance_id = std::move(who.group_instance_id);
  ByTopic topics(request.topics, &wire::OffsetCommitRequest::OffsetCommitRequestTopic::name);
  for (auto& [partition, position] : offsets) {
    auto& committed = topics[partition.topic].partitions.emplace_back();
    committed.partition_index = partition.partition;
    committed.committed_offset = position.offset;
    committed.committed_leader_epoch = position.leader_epoch;
    committed.committed_metadata = std::move(position.metadata);
  }
  auto response = co_await call_coordinator(connection, view, wire::CoordinatorType::group, group, std::move(request),
                                            commit_outcome);
  if (!response) co_return fail(response.error().at("OffsetCommit " + group));
  co_return Result<>{};
}

namespace {

Task<Result<std::map<TopicPartition, OffsetAndMetadata>>> fetch_offsets(Connection& connection, ClusterView& view,
                                                                        std::string group,
                                                                        wire::OffsetFetchRequest request) {
  auto response = co_await call_coordinator(connection, view, wire::CoordinatorType::group, group, std::move(request),
                                            fetch_outcome);
  if (!response) co_return fail(response.error().at("OffsetFetch " + group));
  std::map<TopicPartition, OffsetAndMetadata> committed;
  for (auto& topic : response->groups.front().topics) {
    for (auto& partition : topic.partitions) {
      if (partition.committed_offset == kNoOffset) continue;
      committed[{topic.name, partition.partition_index}] = {
          partition.committed_offset, partition.committed_leader_epoch, std::move(partition.metadata).value_or("")};
    }
  }
  co_return committed;
}

}  // namespace

Task<Result<std::map<TopicPartition, OffsetAndMetadata>>> fetch_group_offsets(Connection& connection, ClusterView& view,
                                                                              std::string group,
                                                                              std::vector<TopicPartition> partitions) {
  wire::OffsetFetchRequest request;
  request.require_stable = true;
  auto& asked = request.groups.emplace_back();
  asked.group_id = group;
  ByTopic topics(*asked.topics, &wire::OffsetFetchRequest::OffsetFetchRequestTopics::name);
  for (const auto& partition : partitions) {
    topics[partition.topic].partition_indexes.push_back(partition.partition);
  }
  return fetch_offsets(connection, view, std::move(group), std::move(request));
}

Task<Result<std::map<TopicPartition, OffsetAndMetadata>>> fetch_all_group_offsets(Connection& connection,
                                                                                  ClusterView& view,
                                                                                  std::string group) {
  wire::OffsetFetchRequest request;
  auto& asked = request.groups.emplace_back();
  asked.group_id = group;
  asked.topics.reset();
  return fetch_offsets(connection, view, std::move(group), std::move(request));
}

}  // namespace weir::log
