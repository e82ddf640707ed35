#include "streams/topology/event_time.h"

#include "log/base/log_line.h"

namespace weir::streams {

namespace {

std::string text_of(std::int64_t timestamp_ms) {
  return "the record's timestamp is " + std::to_string(timestamp_ms);
}

Result<std::int64_t> fail_on_invalid(const IncomingRecord& incoming) {
  const std::int64_t own_ms = incoming.record->timestamp_ms;
  if (own_ms >= 0) return own_ms;
  return fail(ErrorCode::invalid_timestamp, text_of(own_ms));
}

Result<std::int64_t> log_and_skip_on_invalid(const IncomingRecord& incoming) {
  const std::int64_t own_ms = incoming.record->timestamp_ms;
  if (own_ms < 0) {
    log_line::warn("{}, offset {}: left out, because {}", incoming.partition->to_string(),
                   incoming.record->offset.value(), text_of(own_ms));
  }
  return own_ms;
}

Result<std::int64_t> use_partition_time_on_invalid(const IncomingRecord& incoming) {
  const std::int64_t own_ms = incoming.record->timestamp_ms;
  if (own_ms >= 0) return own_ms;
  if (incoming.partition_time_ms >= 0) return incoming.partition_time_ms;
  return fail(ErrorCode::invalid_timestamp, text_of(own_ms) + ", and no record before it gave its partition a time");
}

Result<std::int64_t> wall_clock(const IncomingRecord& incoming) {
  return incoming.clock->wall_ms();
}

}  // namespace

TimestampExtractor extractor_of(TimestampRule rule) {
  switch (rule) {
    case TimestampRule::record_time:
      return {};
    case TimestampRule::fail_on_invalid_timestamp:
      return fail_on_invalid;
    case TimestampRule::log_and_skip_on_invalid_timestamp:
      return log_and_skip_on_invalid;
    case TimestampRule::use_partition_time_on_invalid_timestamp:
      return use_partition_time_on_invalid;
    case TimestampRule::wall_clock_timestamp:
      return wall_clock;
  }
  return {};
}

}  // namespace weir::streams
