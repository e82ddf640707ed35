#include "log/cluster/metadata_log.h"

#include <algorithm>

#include "log/base/assert.h"
#include "log/storage/replay.h"

namespace weir::log::cluster {

storage::PartitionDirectory metadata_directory() {
  Uuid id;
  id.bytes.back() = 1;  // Kafka's reserved id of this topic
  return {{kMetadataTopic, PartitionIndex(0)}, id};
}

Result<std::unique_ptr<MetadataLog>> MetadataLog::open(storage::LogDirectory& directory, Clock& clock, Sync sync) {
  WEIR_TRY_VAR(log, directory.open_partition(metadata_directory()));
  if (log->finding() && log->finding()->is_damage) return fail(ErrorCode::corrupt_data, log->finding()->to_string());
  std::unique_ptr<MetadataLog> metadata(new MetadataLog(std::move(log), directory, clock, sync));
  WEIR_TRY(metadata->replay());
  return metadata;
}

Result<> MetadataLog::replay() {
  WEIR_TRY(storage::replay(
      *log_,
      [this](const RecordView& record) -> Result<> {
        WEIR_TRY_VAR(decoded, decode_metadata_record(record.value.value_or(Bytes())));
        state_.apply(decoded);
        return {};
      },
      applied_));
  applied_ = log_->end_offset();
  next_producer_id_ = reserved_end_ = state_.next_producer_id();
  return {};
}

Result<> MetadataLog::refresh() {
  WEIR_TRY(log_->refresh());
  replica_ = as_opened();
  log_->set_high_watermark(replica_.high_watermark());
  return replay();
}

Result<> MetadataLog::commit(const MetadataRecord& record) {
  BatchBuilder builder(512);
  builder.add(clock_.wall_ms(), std::nullopt, Bytes(encode(record)));
  WEIR_TRY_VAR(batch, builder.seal({}));
  WEIR_TRY(log_->append(batch, directory_.leader_epoch(), storage::Origin::coordinator));
  replica_.appended(log_->end_offset());
  if (sync_ == Sync::yes) WEIR_TRY(sync());
  log_->set_high_watermark(replica_.high_watermark());
  WEIR_ASSERT(log_->high_watermark() == log_->end_offset());
  state_.apply(record);
  applied_ = log_->end_offset();
  return {};
}

Result<> MetadataLog::sync() {
  WEIR_TRY_VAR(plan, log_->plan_sync());
  auto done = storage::perform(directory_.files(), plan);
  if (!done) {
    log_->sync_failed(done.error());
    return done;
  }
  log_->sync_done(plan);
  replica_.synced(log_->synced());
  return {};
}

Replica MetadataLog::as_opened() const {
  const auto sync_first = sync_ == Sync::yes ? SyncFirst::yes : SyncFirst::no;
  const Offset end = log_->end_offset();
  return {NodeId(0), directory_.leader_epoch(), end, std::min(log_->synced(), end), sync_first};
}

Result<ProducerId> MetadataLog::new_producer_id() {
  if (next_producer_id_ == reserved_end_) {
    WEIR_TRY(commit(state_.decide_reserve_producer_ids()));
    reserved_end_ = state_.next_producer_id();
  }
  ProducerId id = next_producer_id_;
  ++next_producer_id_;
  return id;
}

}  // namespace weir::log::cluster
