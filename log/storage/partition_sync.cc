// How what was appended becomes durable: by syncing segments, or by way of the journal.
#include "log/storage/partition_log.h"

namespace weir::log::storage {

Result<> perform(FileSystem& files, const SyncPlan& plan) {
  for (const auto& file : plan.files) WEIR_TRY(file->sync_data());
  if (!plan.directory.empty()) WEIR_TRY(files.sync_directory(plan.directory));
  return {};
}

Unsynced unsynced_of(const SyncPlan& plan) {
  if (!plan.from) return {};
  return {plan.end_place.position - plan.from->position, true};
}

Result<Journal::Piece> read_for_journal(const SyncPlan& plan, const std::string& directory_name) {
  Journal::Piece piece{directory_name, plan.from->segment, plan.from->position, {}, plan.end};
  piece.bytes.resize(static_cast<std::size_t>(plan.end_place.position - plan.from->position));
  WEIR_TRY_VAR(count, plan.files.back()->read_at(piece.position, piece.bytes.data(), piece.bytes.size()));
  if (count < piece.bytes.size()) {
    return fail(ErrorCode::io_error, directory_name + ": a segment ends before what was written to it");
  }
  return piece;
}

Result<SyncPlan> PartitionLog::plan_sync() {
  SyncPlan plan;
  plan.end = end_;
  if (stopped_) return fail(ErrorCode::storage_error, stopped_->detail);
  if (end_ == settled_ && !new_names_) return plan;
  // From the segment with the last settled batch on: what was cut off behind that must not come back either.
  const Offset from = settled_ > log_start_ ? settled_ - 1 : settled_;
  for (std::size_t i = segment_of(from); i < segments_.size(); ++i) {
    WEIR_TRY_VAR(file, segments_[i]->file());
    plan.files.push_back(std::move(file));
  }
  if (new_names_) plan.directory = directory_;
  plan.end_place = {active().base_offset(), active().size()};
  const bool is_one_run = synced_place_ && synced_place_->segment == plan.end_place.segment;
  if (is_one_run && !new_names_) plan.from = synced_place_;
  return plan;
}

void PartitionLog::sync_done(const SyncPlan& plan, SyncedIn in) {
  const Offset end = std::min(plan.end, end_);
  if (end >= synced_ && !plan.empty()) {
    synced_ = end;
    synced_place_ = plan.end_place;
  }
  if (in == SyncedIn::journal) {
    // The segments may have got further meanwhile.
    if (options_.journal != nullptr && settled_ >= end) options_.journal->settled(directory_name(), settled_);
    return;
  }
  settled_ = std::max(settled_, end);
  if (options_.journal != nullptr) options_.journal->settled(directory_name(), settled_);
  // A segment that was started meanwhile still needs its name.
  if (!plan.directory.empty() && segments_.back()->base_offset() <= plan.end) new_names_ = false;
}

void PartitionLog::sync_failed(const Error& error) {
  if (!stopped_) stopped_ = Error{ErrorCode::storage_error, error.at("sync failed").detail};
}

// Before what is in the segments changes: nothing that the journal has may be written over it.
Result<> PartitionLog::leave_journal() {
  if (options_.journal == nullptr || !options_.journal->may_name(directory_name())) return {};
  WEIR_TRY_VAR(plan, plan_sync());
  auto synced = perform(cache_.files(), plan);
  if (!synced) {
    sync_failed(synced.error());
    return synced;
  }
  sync_done(plan);
  return options_.journal->forget(directory_name());
}

}  // namespace weir::log::storage
