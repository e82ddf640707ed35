#include "log/storage/compaction_filter.h"

#include <algorithm>

#include "log/base/saturate.h"
#include "log/model/batch_encoder.h"
#include "log/model/for_each_record.h"
#include "log/storage/partition_state.h"

namespace weir::log::storage {

namespace {
constexpr std::int16_t kHorizonBit = 0x40;
}  // namespace

CompactionFilter::CompactionFilter(const KeyOffsets& latest, Offset end, const AbortedTransactions& aborted,
                                   const LastBatches& last, CompactionRules rules)
    : latest_(latest), end_(end), aborted_(aborted), last_(last), rules_(rules) {}

Result<std::optional<RecordBatch>> CompactionFilter::filter(const RecordBatch& batch) {
  return batch.header.is_control() ? filter_marker(batch) : filter_data(batch);
}

Result<std::optional<RecordBatch>> CompactionFilter::filter_data(const RecordBatch& batch) {
  const BatchHeader& header = batch.header;
  if (header.is_transactional()) with_data_.insert(header.producer_id);
  if (header.base_offset >= end_) return batch;
  if (header.count == 0 || aborted_.contain(header)) {
    records_removed_ += static_cast<std::uint64_t>(header.count);
    return keep_empty_or_drop(header);
  }

  BatchReader reader;  // of what the kept records point into
  WEIR_TRY(reader.open(batch));
  std::vector<RecordView> views(static_cast<std::size_t>(header.count));
  WEIR_TRY_VAR(count, reader.fill(views));
  if (count != views.size()) return fail(ErrorCode::corrupt_message, "a batch with fewer records than it says");
  const bool tombstones_go = horizon_passed(header);
  std::vector<RecordToEncode> kept;
  bool has_tombstone = false;
  std::int64_t max_timestamp = kNoTimestamp;
  for (const RecordView& record : views) {
    if (!record.key || (!record.value && tombstones_go)) continue;
    auto latest = latest_.latest(*record.key);
    if (latest && *latest > record.offset) continue;
    has_tombstone |= !record.value.has_value();
    max_timestamp = std::max(max_timestamp, record.timestamp_ms);
    kept.push_back({record.offset, record.timestamp_ms, record.key, record.value, record.headers.decode()});
  }
  records_removed_ += views.size() - kept.size();
  if (kept.empty()) return keep_empty_or_drop(header);
  const bool needs_horizon = has_tombstone && !header.has_delete_horizon();
  if (kept.size() == views.size() && !needs_horizon) return batch;
  BatchHeader rewritten = needs_horizon ? with_horizon(header) : header;
  if (header.timestamp_type() == TimestampType::create_time) rewritten.max_timestamp = max_timestamp;
  WEIR_TRY_VAR(result, encode_batch(rewritten, kept));
  return result;
}

// A marker whose transaction has nothing left here says nothing any more, but a reader that began earlier may still be
// inside the transaction: hence the horizon.
Result<std::optional<RecordBatch>> CompactionFilter::filter_marker(const RecordBatch& batch) {
  const BatchHeader& header = batch.header;
  const bool is_needed = with_data_.erase(header.producer_id) > 0;
  if (header.base_offset >= end_) return batch;
  if (header.count == 0) return keep_empty_or_drop(header);
  if (is_needed) return batch;
  if (horizon_passed(header)) {
    ++records_removed_;
    return keep_empty_or_drop(header);
  }
  if (header.has_delete_horizon()) return batch;
  Result<std::optional<RecordBatch>> rewritten;
  WEIR_TRY(for_each_record(batch, [&](const RecordView& record) {
    RecordToEncode marker{record.offset, record.timestamp_ms, record.key, record.value, record.headers.decode()};
    rewritten = encode_batch(with_horizon(header), {&marker, 1});
  }));
  return rewritten;
}

Result<std::optional<RecordBatch>> CompactionFilter::keep_empty_or_drop(const BatchHeader& header) const {
  if (!is_last_of_producer(header)) return std::nullopt;
  WEIR_TRY_VAR(empty, encode_batch(header, {}));
  return empty;
}

bool CompactionFilter::is_last_of_producer(const BatchHeader& header) const {
  auto last = last_.find(header.producer_id);
  if (!header.has_producer() || last == last_.end()) return false;
  if (last->second.data) return *last->second.data == header.last_offset() && !header.is_control();
  return header.is_control() && last->second.epoch == header.producer_epoch;
}

bool CompactionFilter::horizon_passed(const BatchHeader& header) const {
  return header.has_delete_horizon() && rules_.now_ms >= header.base_timestamp;
}

BatchHeader CompactionFilter::with_horizon(BatchHeader header) const {
  header.attributes = static_cast<std::int16_t>(header.attributes | kHorizonBit);
  header.base_timestamp = saturated_sum(rules_.now_ms, rules_.delete_retention_ms);
  return header;
}

}  // namespace weir::log::storage
