#include "log/broker/handlers/delete_records.h"

#include "log/broker/broker.h"
#include "log/broker/retention.h"
#include "log/broker/wire_errors.h"
#include "log/cluster/log_config.h"

namespace weir::log::broker {

namespace {

Result<std::shared_ptr<Partition>> find(Broker& broker, const std::string& topic, PartitionIndex index, Offset before) {
  if (broker.options().read_only) return fail(ErrorCode::not_leader_or_follower, "the log is open for reading only");
  constexpr Offset kHighWatermark{-1};
  if (before < kHighWatermark) return fail(ErrorCode::offset_out_of_range, std::to_string(before.value()));
  WEIR_TRY_VAR(partition, broker.topics().find(topic, index));
  const auto known = broker.topics().describe(topic);
  if (known && !cluster::log_config(*known).deletes) {
    return fail(ErrorCode::policy_violation, topic + " is compacted and deletes nothing");
  }
  return partition;
}

}  // namespace

wire::DeleteRecordsResponse delete_records(RequestContext context, wire::DeleteRecordsRequest& request) {
  wire::DeleteRecordsResponse response;
  std::vector<Deletion> deletions;
  std::vector<wire::DeleteRecordsResponse::DeleteRecordsPartitionResult*> answered;
  response.topics.reserve(request.topics.size());
  for (auto& topic : request.topics) {
    auto& answers = response.topics.emplace_back();
    answers.partitions.resize(topic.partitions.size());
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      auto& answer = answers.partitions[i];
      answer.partition_index = topic.partitions[i].partition_index;
      auto partition = find(context.broker, topic.name, answer.partition_index, topic.partitions[i].offset);
      if (partition) {
        deletions.push_back({*std::move(partition), topic.partitions[i].offset});
        answered.push_back(&answer);
      } else {
        answer.low_watermark = kNoOffset;
        answer.error_code = wire_code(partition.error());
      }
    }
    answers.name = std::move(topic.name);
  }
  if (deletions.empty()) return response;
  const auto starts = delete_records(context.broker.topics(), deletions);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    answered[i]->low_watermark = starts[i].value_or(kNoOffset);
    if (!starts[i]) answered[i]->error_code = wire_code(starts[i].error());
  }
  return response;
}

}  // namespace weir::log::broker
