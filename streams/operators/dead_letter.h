// Dead letters: what is written for a record that an operator could not deal with: key, value, headers and timestamp of
// the source record as they came, and headers that say what happened.
//
//   weir.error.phase       decoding, processing or producing
//   weir.error.operator    its name; of a record that does not decode the source's
//   weir.error.reason      what the callable said, or what is wrong with the bytes
//   weir.error.topic, weir.error.partition, weir.error.offset    where the source record stands
//
// A record that came back through a retry topic is, as a letter, what the operator was given; the headers name the
// topic and the place from which it came first. Where a timer failed, or the closing of windows at the end of a bounded
// run, there is no source record: key and value are null, the timestamp is the task's stream time, and the last three
// headers are missing. A window that is closed by a record, and a join, have that record for their source.
#pragma once

#include <string>

#include "streams/operators/node.h"

namespace weir::streams {

namespace error_header {
inline constexpr std::string_view kPrefix = "weir.";
inline constexpr std::string_view kPhase = "weir.error.phase";
inline constexpr std::string_view kOperator = "weir.error.operator";
inline constexpr std::string_view kReason = "weir.error.reason";
inline constexpr std::string_view kTopic = "weir.error.topic";
inline constexpr std::string_view kPartition = "weir.error.partition";
inline constexpr std::string_view kOffset = "weir.error.offset";
inline constexpr std::string_view kRetryDue = "weir.retry.due";  // of a record that waits: wall time in ms, in decimal
}  // namespace error_header

struct Failure {
  std::string_view phase;
  std::string_view operator_name;
  std::string_view reason;
};

// The headers of `record` without those of ours, then those that say what happened. `source` may be missing; one that
// is itself a retry says where it came from first.
std::vector<log::Header> error_headers(const Failure& failure, const std::optional<SourceRecord>& source,
                                       const log::HeadersView* of_record);
// The headers of a record without those of ours.
std::vector<log::Header> without_error_headers(const log::HeadersView& headers);
// When a record that waits is due; 0 if it does not say so.
std::int64_t retry_due_ms(const log::HeadersView& headers);

Result<> send_dead_letter(Output& output, const Failure& failure, const std::optional<SourceRecord>& source,
                          std::int64_t stream_time_ms);

}  // namespace weir::streams
