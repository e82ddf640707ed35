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

namespace {

Result<bool> has_snapshot_behind(storage::LogDirectory& directory, Offset end) {
  auto names = directory.files().list(directory.metadata_path());
  if (!names && names.error().code == ErrorCode::not_found) return false;
  if (!names) return fail(names.error());
  return std::ranges::any_of(*names, [end](const std::string& name) {
    const auto at = storage::offset_in_name(name, kSnapshotSuffix);
    return at && *at > end;
  });
}

}  // namespace

Result<std::unique_ptr<MetadataLog>> MetadataLog::open(storage::LogDirectory& directory, Clock& clock, Sync sync) {
  WEIR_TRY_VAR(log, directory.open_partition(metadata_directory()));
  if (log->finding() && log->finding()->is_damage) return fail(ErrorCode::corrupt_data, log->finding()->to_string());
  log->set_segment_bytes(kSegmentBytes);
  std::unique_ptr<MetadataLog> metadata(new MetadataLog(std::move(log), directory, clock, sync));
  WEIR_TRY(metadata->replay());
  return metadata;
}

std::shared_ptr<const Metadata> MetadataLog::state() const {
  MutexLock lock(mutex_);
  return state_;
}

void MetadataLog::adopt(Metadata state) {
  auto next = std::make_shared<const Metadata>(std::move(state));
  MutexLock lock(mutex_);
  state_ = std::move(next);
}

// The newest one that is whole and that the log reaches. What the log lost, by whatever way, it gets anew: a snapshot
// that knows of more must not be taken for one of that.
Result<> MetadataLog::load_snapshot(Metadata& state) {
  WEIR_TRY_VAR(found, snapshots_.find(log_->end_offset()));
  for (auto& damaged : found.damaged) notes_.push_back(std::move(damaged) + "; it is not used");
  for (auto& ahead : found.ahead) {
    if (directory_.is_read_only()) continue;  // the writer may have gone on
    WEIR_TRY(directory_.files().remove(ahead));
    notes_.push_back(std::move(ahead) + ": it knows of records that the log of the metadata has lost; it is removed");
  }
  if (found.newest && found.newest->end > applied_) {
    applied_ = snapshot_end_ = found.newest->end;
    state = std::move(found.newest->state);
  }
  if (applied_ >= log_->log_start()) return {};
  return fail(ErrorCode::corrupt_data, log_->directory() + " begins at " + std::to_string(log_->log_start().value()) +
                                           ", and no snapshot of the metadata tells what was before");
}

Result<> MetadataLog::replay() {
  Metadata state = *this->state();
  // At the beginning; and for a reader that the writer has overtaken.
  const bool is_first = applied_ == Offset(0);
  if (is_first || applied_ < log_->log_start()) WEIR_TRY(load_snapshot(state));
  WEIR_TRY(storage::replay(
      *log_,
      [&](const RecordView& record) -> Result<> {
        if (record.offset < applied_) return {};  // of a batch that began before
        WEIR_TRY_VAR(decoded, decode_metadata_record(record.value.value_or(Bytes())));
        state.apply(decoded);
        return {};
      },
      applied_));
  applied_ = log_->end_offset();
  const ProducerId next = state.next_producer_id();
  adopt(std::move(state));
  MutexLock lock(mutex_);
  next_producer_id_ = reserved_end_ = next;
  return {};
}

Result<> MetadataLog::refresh() {
  WEIR_TRY(log_->refresh());
  WEIR_TRY_VAR(is_overtaken, has_snapshot_behind(directory_, log_->end_offset()));
  if (is_overtaken) {
    // The segments that this one would go on with are removed: there are others.
    WEIR_TRY_VAR(log, directory_.open_partition(metadata_directory()));
    log_ = std::move(log);
  }
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
  Metadata next = *state();
  next.apply(record);
  adopt(std::move(next));
  applied_ = log_->end_offset();
  return {};
}

void MetadataLog::forget_deleted(const TopicId& id) {
  Metadata next = *state();
  next.forget_deleted(id);
  adopt(std::move(next));
}

void MetadataLog::snapshot_kept(Offset end, Offset from) {
  snapshot_end_ = end;
  log_->delete_before(from);
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
  auto take = [this]() -> std::optional<ProducerId> {
    MutexLock lock(mutex_);
    if (next_producer_id_ == reserved_end_) return std::nullopt;
    const ProducerId id = next_producer_id_;
    ++next_producer_id_;
    return id;
  };
  if (auto id = take()) return *id;
  const Turns::Turn turn(turns_);
  if (auto id = take()) return *id;  // somebody else's turn came first
  WEIR_TRY(commit(state()->decide_reserve_producer_ids()));
  {
    MutexLock lock(mutex_);
    reserved_end_ = state_->next_producer_id();
  }
  return *take();
}

}  // namespace weir::log::cluster
