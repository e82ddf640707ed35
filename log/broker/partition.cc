#include "log/broker/partition.h"

#include <algorithm>

namespace weir::log::broker {

using storage::Appended;
using storage::ReadUpTo;

Partition::Partition(TopicPartition name, TopicId topic_id, std::unique_ptr<storage::PartitionLog> log,
                     FileSystem& files, LeaderEpoch epoch, Flush flush)
    : name_(std::move(name)), topic_id_(topic_id), files_(files), epoch_(epoch), flush_(flush), log_(std::move(log)) {}

void Partition::set_flush(Flush flush) {
  MutexLock lock(mutex_);
  flush_ = flush;
  if (flush == Flush::before_answer) return;
  log_->set_high_watermark(log_->end_offset());
  wake_those_who_wait(false);
}

void Partition::set_policy(std::shared_ptr<const AppendPolicy> policy) {
  MutexLock lock(mutex_);
  has_policy_ = policy != nullptr;
  policy_ = std::move(policy);
}

std::shared_ptr<const AppendPolicy> Partition::policy() const {
  if (!has_policy_.load(std::memory_order_relaxed)) return nullptr;
  MutexLock lock(mutex_);
  return policy_;
}

Result<Appended> Partition::append(const RecordBatch& batch, storage::Origin origin) {
  MutexLock lock(mutex_);
  return append_now(batch, origin);
}

Result<Appended> Partition::append_to_open_transaction(const RecordBatch& batch, storage::Origin origin) {
  MutexLock lock(mutex_);
  if (!log_->producers().has_open_transaction(batch.header.producer_id, batch.header.producer_epoch)) {
    return fail(ErrorCode::would_block, name_.to_string());
  }
  return append_now(batch, origin);
}

Result<Appended> Partition::append_now(const RecordBatch& batch, storage::Origin origin) {
  if (is_closed_) return fail(ErrorCode::not_leader_or_follower, name_.to_string() + " is closed");
  auto appended = log_->append(batch, epoch_, origin);
  if (!appended) {
    // Whoever waits for more is told that none comes.
    if (log_->stopped()) wake_those_who_wait(true);
    return fail(appended.error().at(name_.to_string()));
  }
  if (flush() != Flush::before_answer) {
    log_->set_high_watermark(log_->end_offset());
    wake_those_who_wait(false);
  }
  return appended;
}

Result<> Partition::sync() {
  storage::SyncPlan plan;
  {
    MutexLock lock(mutex_);
    wait_for_sync();
    WEIR_TRY_VAR(begun, begin_sync_now());
    plan = std::move(begun);
  }
  return end_sync(plan, storage::SyncedIn::segments, storage::perform(files_, plan));
}

Result<std::optional<storage::SyncPlan>> Partition::begin_sync(SyncIf sync_if) {
  MutexLock lock(mutex_);
  if (is_durable(sync_if)) return std::nullopt;
  wait_for_sync();
  if (is_durable(sync_if)) return std::nullopt;
  return begin_sync_now();
}

Result<> Partition::make_durable(SyncIf sync_if) {
  WEIR_TRY_VAR(plan, begin_sync(sync_if));
  return plan ? end_sync(*plan, storage::SyncedIn::segments, storage::perform(files_, *plan)) : Result<>{};
}

bool Partition::is_durable(SyncIf sync_if) const {
  const bool is_wanted = sync_if == SyncIf::unsynced || flush() == Flush::before_answer;
  return !is_wanted || log_->synced() >= log_->end_offset();
}

void Partition::wait_for_sync() {
  while (is_syncing_) sync_ended_.wait(mutex_);
}

Result<storage::SyncPlan> Partition::begin_sync_now() {
  if (is_closed_) return fail(ErrorCode::not_leader_or_follower, name_.to_string() + " is closed");
  WEIR_TRY_VAR(plan, log_->plan_sync());
  is_syncing_ = true;
  return plan;
}

Result<> Partition::end_sync(const storage::SyncPlan& plan, storage::SyncedIn in, const Result<>& outcome) {
  MutexLock lock(mutex_);
  is_syncing_ = false;
  sync_ended_.notify_all();
  if (!outcome) {
    log_->sync_failed(outcome.error());
    wake_those_who_wait(true);
    return fail(ErrorCode::storage_error, name_.to_string() + ": " + outcome.error().detail);
  }
  log_->sync_done(plan, in);
  log_->set_high_watermark(plan.end);
  wake_those_who_wait(false);
  return {};
}

bool Partition::is_unsettled() const {
  MutexLock lock(mutex_);
  return log_->settled() < log_->end_offset() && !log_->stopped();
}

Partition::Positions Partition::positions() const {
  MutexLock lock(mutex_);
  return positions_now();
}

Offset Partition::log_start() const {
  MutexLock lock(mutex_);
  return log_->log_start();
}

Partition::Positions Partition::positions_now() const {
  return {log_->log_start(), log_->high_watermark(), log_->last_stable_offset(), log_->end_offset(),
          log_->synced(),    log_->latest_epoch(),   log_->cleaned_to()};
}

Result<Partition::Piece> Partition::plan_read(Offset offset, std::size_t max_bytes, ReadUpTo up_to,
                                              storage::AtLeastOne at_least_one) {
  MutexLock lock(mutex_);
  if (is_closed_) return fail(ErrorCode::not_leader_or_follower, name_.to_string() + " is closed");
  const bool is_held_back = held_back_ && up_to == ReadUpTo::last_stable_offset && offset >= log_->bound(up_to) &&
                            offset < log_->high_watermark();
  if (is_held_back) return fail(ErrorCode::storage_error, held_back_->detail);
  WEIR_TRY_VAR(plan, log_->plan_read(offset, max_bytes, up_to, at_least_one));
  Piece piece{std::move(plan), positions_now(), {}};
  if (up_to == ReadUpTo::last_stable_offset) piece.aborted = log_->aborted_between(offset, piece.plan.upper);
  return piece;
}

void Partition::hold_back(Error why) {
  MutexLock lock(mutex_);
  held_back_ = std::move(why);
  wake_those_who_wait(true);
}

bool Partition::wait_beyond(Offset seen, ReadUpTo up_to, const std::shared_ptr<Waiter>& waiter) {
  MutexLock lock(mutex_);
  if (is_closed_ || log_->bound(up_to) > seen) return false;
  std::erase_if(waiting_, [](const Waiting& entry) { return entry.waiter->is_woken(); });
  waiting_.push_back({waiter, up_to, seen});
  return true;
}

void Partition::wake_those_who_wait(bool all) {
  std::erase_if(waiting_, [&](const Waiting& entry) WEIR_REQUIRES(mutex_) {
    if (!all && log_->bound(entry.up_to) <= entry.seen) return false;
    entry.waiter->wake();
    return true;
  });
}

Result<> Partition::refresh() {
  MutexLock lock(mutex_);
  WEIR_TRY(log_->refresh());
  wake_those_who_wait(false);
  return {};
}

Result<> Partition::close() {
  MutexLock lock(mutex_);
  if (is_closed_) return {};
  is_closed_ = true;
  wait_for_sync();
  wake_those_who_wait(true);
  return log_->close();
}

}  // namespace weir::log::broker
