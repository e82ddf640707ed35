#include "log/client/record_deletion.h"

#include "log/client/cure.h"
#include "log/wire/messages/delete_records.h"

namespace weir::log {

namespace {

using Starts = std::map<TopicPartition, Offset>;

std::vector<std::string> topics_of(const Starts& wanted) {
  std::vector<std::string> topics;
  for (const auto& [partition, before] : wanted) {
    if (topics.empty() || topics.back() != partition.topic) topics.push_back(partition.topic);
  }
  return topics;
}

Result<std::map<NodeId, wire::DeleteRecordsRequest>> requests_for(const ClusterView& view, const Starts& wanted,
                                                                  Millis timeout) {
  std::map<NodeId, wire::DeleteRecordsRequest> requests;
  for (const auto& [partition, before] : wanted) {
    const auto* known = view.find(partition);
    if (known == nullptr) return fail(ErrorCode::unknown_topic_or_partition, partition.to_string());
    auto& request = requests[known->leader];
    request.timeout_ms = saturated_int32(timeout.count());
    // In the order of topics: they are a map's.
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back().name = partition.topic;
    }
    request.topics.back().partitions.push_back({partition.partition, before});
  }
  return requests;
}

// The answer has a code and no message.
const char* what_failed(ErrorCode code) {
  if (code != ErrorCode::policy_violation) return "deleting records";
  return "its topic's cleanup.policy is compact alone, so that the last record of each key stays: write records "
         "without "
         "values for keys that are to go, or let the topic delete as well (cleanup.policy=compact,delete)";
}

}  // namespace

Task<Result<Starts>> delete_records(Connection& connection, ClusterView& view, Starts wanted) {
  Starts starts;
  WEIR_CO_TRY(co_await view.learn(topics_of(wanted)));
  Retry retry = connection.retry();
  for (;;) {
    WEIR_CO_TRY_VAR(requests, requests_for(view, wanted, connection.timeout));
    Error last;
    for (auto& [leader, request] : requests) {
      auto response = co_await connection.call(leader, std::move(request));
      if (!response) {
        last = response.error().at("DeleteRecords");
        if (cure_of(last.code) == Cure::none) co_return fail(std::move(last));
        continue;
      }
      for (const auto& topic : response->topics) {
        for (const auto& answer : topic.partitions) {
          TopicPartition partition{topic.name, answer.partition_index};
          if (answer.error_code == ErrorCode::none) {
            wanted.erase(partition);
            starts[partition] = answer.low_watermark;
            continue;
          }
          last = Error{answer.error_code, what_failed(answer.error_code)}.at(partition.to_string());
          if (cure_of(last.code) == Cure::none) co_return fail(std::move(last));
        }
      }
    }
    if (wanted.empty()) co_return starts;
    if (!co_await retry.again()) co_return fail(std::move(last));
    WEIR_CO_TRY(co_await view.learn_again(topics_of(wanted)));
  }
}

}  // namespace weir::log
