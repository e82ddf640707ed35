#include "log/client/offset_lookup.h"

#include "log/client/by_topic.h"
#include "log/client/cure.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/offset_for_leader_epoch.h"

namespace weir::log {

namespace {

using Wanted = std::map<TopicPartition, std::int64_t>;

std::vector<std::string> topics_of(const Wanted& wanted) {
  std::vector<std::string> topics;
  for (const auto& [partition, timestamp] : wanted) {
    if (topics.empty() || topics.back() != partition.topic) topics.push_back(partition.topic);
  }
  return topics;
}

Result<std::map<NodeId, Wanted>> by_leader(const ClusterView& view, const Wanted& wanted) {
  std::map<NodeId, Wanted> leaders;
  for (const auto& [partition, timestamp] : wanted) {
    const auto* known = view.find(partition);
    if (known == nullptr) return fail(ErrorCode::unknown_topic_or_partition, partition.to_string());
    leaders[known->leader][partition] = timestamp;
  }
  return leaders;
}

wire::ListOffsetsRequest request_for(const ClusterView& view, const Wanted& wanted, Isolation isolation) {
  wire::ListOffsetsRequest request;
  request.replica_id = NodeId(-1);  // a client
  request.isolation_level = isolation;
  ByTopic topics(request.topics, &wire::ListOffsetsRequest::ListOffsetsTopic::name);
  for (const auto& [partition, timestamp] : wanted) {
    auto& asked = topics[partition.topic].partitions.emplace_back();
    asked.partition_index = partition.partition;
    asked.current_leader_epoch = view.find(partition)->epoch;
    asked.timestamp = timestamp;
  }
  return request;
}

}  // namespace

Task<Result<std::map<TopicPartition, OffsetAndEpoch>>> look_up_offsets(Connection& connection, ClusterView& view,
                                                                       Wanted wanted, Isolation isolation) {
  std::map<TopicPartition, OffsetAndEpoch> found;
  WEIR_CO_TRY(co_await view.learn(topics_of(wanted)));
  Retry retry = connection.retry();
  while (!wanted.empty()) {
    WEIR_CO_TRY_VAR(leaders, by_leader(view, wanted));
    Error last;
    for (const auto& [leader, of_leader] : leaders) {
      auto response = co_await connection.call(leader, request_for(view, of_leader, isolation));
      if (!response) {
        last = response.error().at("ListOffsets");
        if (cure_of(last.code) == Cure::none) co_return fail(std::move(last));
        continue;
      }
      for (const auto& topic : response->topics) {
        for (const auto& answer : topic.partitions) {
          TopicPartition partition{topic.name, answer.partition_index};
          if (answer.error_code == ErrorCode::none) {
            bool was_wanted = wanted.erase(partition) > 0;
            if (was_wanted && answer.offset != kNoOffset) found[partition] = {answer.offset, answer.leader_epoch};
            continue;
          }
          last = Error{answer.error_code, answer.error_message.value_or("")}.at(partition.to_string());
          if (cure_of(last.code) == Cure::none) co_return fail(std::move(last));
        }
      }
    }
    if (wanted.empty()) break;
    if (!co_await retry.again()) co_return fail(std::move(last));
    WEIR_CO_TRY(co_await view.learn_again(topics_of(wanted)));
  }
  co_return found;
}

Task<Result<OffsetAndEpoch>> look_up_epoch_end(Connection& connection, ClusterView& view, TopicPartition partition,
                                               LeaderEpoch epoch) {
  std::vector<std::string> topics{partition.topic};
  WEIR_CO_TRY(co_await view.learn(topics));
  Retry retry = connection.retry();
  for (;;) {
    const auto* known = view.find(partition);
    if (known == nullptr) co_return fail(ErrorCode::unknown_topic_or_partition, partition.to_string());
    wire::OffsetForLeaderEpochRequest request;
    auto& topic = request.topics.emplace_back();
    topic.topic = partition.topic;
    auto& asked = topic.partitions.emplace_back();
    asked.partition = partition.partition;
    asked.current_leader_epoch = known->epoch;
    asked.leader_epoch = epoch;
    auto response = co_await connection.call(known->leader, std::move(request));
    Error last;
    if (!response) {
      last = response.error().at("OffsetForLeaderEpoch");
    } else if (response->topics.empty() || response->topics[0].partitions.empty()) {
      co_return fail(ErrorCode::unknown_server_error, "OffsetForLeaderEpoch: no answer for " + partition.to_string());
    } else {
      const auto& answer = response->topics[0].partitions[0];
      if (answer.error_code == ErrorCode::none) co_return OffsetAndEpoch{answer.end_offset, answer.leader_epoch};
      last = Error{answer.error_code, answer.error_message.value_or("")}.at(partition.to_string());
    }
    if (!co_await retry.again_if(cure_of(last.code) != Cure::none)) co_return fail(std::move(last));
    WEIR_CO_TRY(co_await view.learn_again(topics));
  }
}

}  // namespace weir::log
