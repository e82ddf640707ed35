#include "log/broker/handlers/list_offsets.h"

#include "log/broker/broker.h"
#include "log/broker/handlers/fetch.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

constexpr std::int16_t kLeaderEpochs = 4;  // the first version whose answers hold them

// What a timestamp may stand for; any other number from 0 on is a time.
enum Special : std::int64_t {
  kLatest = -1,
  kEarliest = -2,
  kMaxTimestamp = -3,
  kEarliestLocal = -4,  // as kEarliest: everything is local
  kLatestTiered = -5,   // nothing is tiered
};

using storage::TimestampAndOffset;

Result<TimestampAndOffset> look_up(storage::PartitionLog& log, std::int64_t wanted, storage::ReadUpTo up_to) {
  const Offset bound = log.bound(up_to);
  switch (wanted) {
    case kLatest:
      return TimestampAndOffset{kNoTimestamp, log.told_end(up_to)};
    case kEarliest:
    case kEarliestLocal:
      return TimestampAndOffset{kNoTimestamp, log.log_start()};
    case kMaxTimestamp:
      return log.find_max_timestamp(bound);
    case kLatestTiered:
      return TimestampAndOffset{};
    default:
      break;
  }
  if (wanted < 0) return fail(ErrorCode::invalid_request, "timestamp " + std::to_string(wanted));
  WEIR_TRY_VAR(found, log.find_timestamp(wanted, bound));
  return found.value_or(TimestampAndOffset{});
}

using ListedOffsets = wire::ListOffsetsResponse::ListOffsetsPartitionResponse;

Result<> answer_part(Broker& broker, const std::string& topic,
                     const wire::ListOffsetsRequest::ListOffsetsPartition& wanted, storage::ReadUpTo up_to,
                     ListedOffsets& answer) {
  WEIR_TRY_VAR(partition, broker.topics().find(topic, wanted.partition_index));
  WEIR_TRY(check_leader_epoch(*partition, wanted.current_leader_epoch));
  return partition->with_log([&](storage::PartitionLog& log) -> Result<> {
    WEIR_TRY_VAR(found, look_up(log, wanted.timestamp, up_to));
    answer.timestamp = found.timestamp_ms;
    answer.offset = found.offset;
    if (found.offset != kNoOffset) answer.leader_epoch = log.epoch_at(found.offset);
    return {};
  });
}

storage::ReadUpTo up_to_of(const wire::ListOffsetsRequest& request) {
  if (request.replica_id.value() >= 0) return storage::ReadUpTo::end;
  return request.isolation_level == Isolation::read_committed ? storage::ReadUpTo::last_stable_offset
                                                              : storage::ReadUpTo::high_watermark;
}

// Says what the version has room for.
void fit(wire::ListOffsetsResponse::ListOffsetsPartitionResponse& answer, std::int16_t version) {
  if (version < kLeaderEpochs) answer.leader_epoch = kNoLeaderEpoch;
  if (version > 0) return;
  if (answer.error_code == ErrorCode::none) answer.old_style_offsets.push_back(answer.offset);
  answer.offset = kNoOffset;
  answer.timestamp = kNoTimestamp;
}

}  // namespace

wire::ListOffsetsResponse list_offsets(RequestContext context, wire::ListOffsetsRequest& request) {
  context.broker.refresh_if_read_only();
  wire::ListOffsetsResponse response;
  const auto up_to = up_to_of(request);
  for (auto& topic : request.topics) {
    auto& answers = response.topics.emplace_back();
    for (const auto& wanted : topic.partitions) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = wanted.partition_index;
      const auto outcome = answer_part(context.broker, topic.name, wanted, up_to, answer);
      answer.error_code = wire_code(outcome);
      answer.error_message = wire_message(outcome);
      fit(answer, context.version);
    }
    answers.name = std::move(topic.name);
  }
  return response;
}

wire::OffsetForLeaderEpochResponse end_of_epochs(RequestContext context, wire::OffsetForLeaderEpochRequest& request) {
  wire::OffsetForLeaderEpochResponse response;
  for (auto& topic : request.topics) {
    auto& answers = response.topics.emplace_back();
    for (const auto& wanted : topic.partitions) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition = wanted.partition;
      auto partition = context.broker.topics().find(topic.topic, wanted.partition);
      const auto checked =
          partition ? check_leader_epoch(**partition, wanted.current_leader_epoch) : Result<>(fail(partition.error()));
      if (!checked) {
        answer.error_code = wire_code(checked);
        answer.error_message = wire_message(checked);
        continue;
      }
      auto end =
          (*partition)->with_log([&](storage::PartitionLog& log) { return log.end_of_epoch(wanted.leader_epoch); });
      answer.leader_epoch = end.epoch;
      answer.end_offset = end.end_offset;
    }
    answers.topic = std::move(topic.topic);
  }
  return response;
}

}  // namespace weir::log::broker
