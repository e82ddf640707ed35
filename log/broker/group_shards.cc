#include "log/broker/group_shards.h"

#include <array>

#include "log/broker/coordinator_records.h"

namespace weir::log::broker {

namespace {

Result<> apply_record(Groups& groups, const RecordView& record, std::optional<ProducerId> transaction,
                      Groups::Now now) {
  WEIR_TRY_VAR(offset, decode_offset(record));
  if (offset) groups.offsets().apply(*offset, record.offset, transaction);
  WEIR_TRY_VAR(group, decode_group(record));
  if (group) groups.load(*group, now);
  return {};
}

Result<> apply_batch(Groups& groups, const RecordBatch& batch, Groups::Now now) {
  WEIR_TRY_VAR(marker, storage::marker_in(batch));
  if (marker) groups.offsets().end_transaction(batch.header.producer_id, marker->type);
  if (batch.header.is_control()) return {};
  std::optional<ProducerId> transaction;
  if (batch.header.is_transactional()) transaction = batch.header.producer_id;
  BatchReader reader;
  WEIR_TRY(reader.open(batch));
  std::array<RecordView, 64> views;
  for (;;) {
    WEIR_TRY_VAR(count, reader.fill(views));
    if (count == 0) return {};
    for (std::size_t i = 0; i < count; ++i) WEIR_TRY(apply_record(groups, views[i], transaction, now));
  }
}

}  // namespace

GroupShards::Apply apply_group_batches(const Clock& clock) {
  return [now = group_time(clock)](Groups& groups, const RecordBatch& batch) {
    return apply_batch(groups, batch, now);
  };
}

}  // namespace weir::log::broker
