#include "log/broker/handlers/delete_records.h"

#include "log/broker/broker.h"
#include "log/broker/handlers/errors.h"
#include "log/broker/retention.h"

namespace weir::log::broker {

namespace {

Result<Offset> move_start(Broker& broker, const std::string& topic, PartitionIndex index, Offset before) {
  if (broker.options().read_only) return fail(ErrorCode::not_leader_or_follower, "the log is open for reading only");
  constexpr Offset kHighWatermark{-1};
  if (before < kHighWatermark) return fail(ErrorCode::offset_out_of_range, std::to_string(before.value()));
  TRY_VAR(partition, broker.topics().find(topic, index));
  return delete_records(broker.topics(), *partition, before);
}

}  // namespace

wire::DeleteRecordsResponse delete_records(RequestContext context, wire::DeleteRecordsRequest& request) {
  wire::DeleteRecordsResponse response;
  for (auto& topic : request.topics) {
    auto& answers = response.topics.emplace_back();
    for (const auto& wanted : topic.partitions) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = wanted.partition_index;
      auto start = move_start(context.broker, topic.name, wanted.partition_index, wanted.offset);
      answer.low_watermark = start.value_or(kNoOffset);
      if (!start) answer.error_code = wire_code(start.error());
    }
    answers.name = std::move(topic.name);
  }
  return response;
}

}  // namespace weir::log::broker
