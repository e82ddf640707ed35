#include "streams/operators/dead_letter.h"

#include <algorithm>
#include <charconv>

namespace weir::streams {

namespace {

log::Header header(std::string_view key, std::string_view value) {
  return {std::string(key), OwnedBytes(value)};
}

bool is_ours(Bytes key) {
  return key.starts_with(error_header::kPrefix);
}

// Where a record came from first, which a retry knows from its own headers.
std::vector<log::Header> origin(const SourceRecord& source) {
  std::vector<log::Header> known;
  for (const auto& each : source.record->headers.decode()) {
    const bool is_place =
        each.key == error_header::kTopic || each.key == error_header::kPartition || each.key == error_header::kOffset;
    if (is_place && each.value) known.push_back(header(each.key, *each.value));
  }
  if (!known.empty()) return known;
  return {header(error_header::kTopic, source.partition->topic),
          header(error_header::kPartition, std::to_string(source.partition->partition.value())),
          header(error_header::kOffset, std::to_string(source.record->offset.value()))};
}

}  // namespace

std::vector<log::Header> without_error_headers(const log::HeadersView& headers) {
  std::vector<log::Header> kept;
  for (const auto& each : headers.decode()) {
    if (is_ours(each.key)) continue;
    kept.push_back({std::string(each.key), each.value ? std::optional<OwnedBytes>(*each.value) : std::nullopt});
  }
  return kept;
}

std::vector<log::Header> error_headers(const Failure& failure, const std::optional<SourceRecord>& source,
                                       const log::HeadersView* of_record) {
  std::vector<log::Header> headers;
  if (of_record != nullptr) headers = without_error_headers(*of_record);
  headers.push_back(header(error_header::kPhase, failure.phase));
  headers.push_back(header(error_header::kOperator, failure.operator_name));
  headers.push_back(header(error_header::kReason, failure.reason));
  if (!source) return headers;
  for (log::Header& place : origin(*source)) headers.push_back(std::move(place));
  return headers;
}

std::int64_t retry_due_ms(const log::HeadersView& headers) {
  for (const auto& each : headers.decode()) {
    if (each.key != error_header::kRetryDue || !each.value) continue;
    std::int64_t due_ms = 0;
    std::from_chars(each.value->data(), each.value->data() + each.value->size(), due_ms);
    return due_ms;
  }
  return 0;
}

Result<> send_dead_letter(Output& output, const Failure& failure, const std::optional<SourceRecord>& source,
                          std::int64_t stream_time_ms) {
  OwnedBytes scratch;
  const log::HeadersView headers =
      log::encode_headers(error_headers(failure, source, source ? &source->record->headers : nullptr), scratch);
  if (!source) return output.send(std::max<std::int64_t>(stream_time_ms, 0), std::nullopt, std::nullopt, &headers);
  return output.send(source->record->timestamp_ms, source->record->key, source->record->value, &headers);
}

}  // namespace weir::streams
