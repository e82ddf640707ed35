#include "log/broker/partitions/partition.h"

#include <algorithm>

#include "log/base/assert.h"

namespace weir::log::broker {

using storage::ReadUpTo;

namespace {

cluster::SyncFirst sync_first(Flush flush) {
  return flush == Flush::before_answer ? cluster::SyncFirst::yes : cluster::SyncFirst::no;
}

cluster::Replica as_opened(NodeId self, LeaderEpoch epoch, const storage::PartitionLog& log, Flush flush) {
  return {self, epoch, log.end_offset(), std::min(log.synced(), log.end_offset()), sync_first(flush)};
}

}  // namespace

Partition::Partition(TopicPartition name, TopicId topic_id, std::unique_ptr<storage::PartitionLog> log,
                     FileSystem& files, Clock& clock, LeaderEpoch epoch, Flush flush, NodeId self)
    : name_(std::move(name)),
      topic_id_(topic_id),
      files_(files),
      self_(self),
      epoch_(epoch),
      flush_(flush),
      log_(std::move(log)),
      replica_(as_opened(self, epoch, *log_, flush)),
      sync_ended_(clock) {}

void Partition::set_flush(Flush flush) {
  MutexLock lock(mutex_);
  flush_ = flush;
  replica_.set_sync_first(sync_first(flush));
  follow_replica();
}

void Partition::set_policy(std::shared_ptr<const AppendPolicy> policy) {
  MutexLock lock(mutex_);
  has_policy_ = policy != nullptr;
  policy_ = std::move(policy);
  replica_.set_min_in_sync(policy_ ? policy_->min_insync_replicas() : 1);
  follow_replica();
}

// leadership ------------------------------------------------------------------------------------------------------

Result<> Partition::become_leader(LeaderEpoch epoch, std::set<NodeId> replicas, std::set<NodeId> in_sync) {
  MutexLock lock(mutex_);
  WEIR_TRY(replica_.become_leader(epoch, std::move(replicas), std::move(in_sync)));
  epoch_ = replica_.epoch();
  follow_replica();
  return {};
}

Result<> Partition::become_follower(LeaderEpoch epoch) {
  MutexLock lock(mutex_);
  WEIR_TRY(replica_.become_follower(epoch));
  epoch_ = replica_.epoch();
  wake_those_who_wait(true);
  return {};
}

void Partition::set_in_sync(std::set<NodeId> in_sync) {
  MutexLock lock(mutex_);
  replica_.set_in_sync(std::move(in_sync));
  follow_replica();
}

Result<> Partition::follower_has(NodeId follower, Offset end) {
  MutexLock lock(mutex_);
  if (auto known = replica_.follower_has(follower, end); !known) return fail(known.error().at(name_.to_string()));
  follow_replica();
  return {};
}

void Partition::follow_replica() {
  log_->set_high_watermark(replica_.high_watermark());
  wake_those_who_wait(false);
}

std::shared_ptr<const AppendPolicy> Partition::policy() const {
  if (!has_policy_.load(std::memory_order_relaxed)) return nullptr;
  MutexLock lock(mutex_);
  return policy_;
}

// appends ---------------------------------------------------------------------------------------------------------

Result<Partition::Appended> Partition::append(const RecordBatch& batch, storage::Origin origin, Until until) {
  MutexLock lock(mutex_);
  return append_now(batch, origin, until);
}

Result<Partition::Appended> Partition::append_to_open_transaction(const RecordBatch& batch, storage::Origin origin,
                                                                  Until until) {
  MutexLock lock(mutex_);
  if (!log_->producers().has_open_transaction(batch.header.producer_id, batch.header.producer_epoch)) {
    return fail(ErrorCode::would_block, name_.to_string());
  }
  return append_now(batch, origin, until);
}

Result<Partition::Appended> Partition::append_now(const RecordBatch& batch, storage::Origin origin, Until until) {
  if (is_closed_) return fail(ErrorCode::not_leader_or_follower, name_.to_string() + " is closed");
  if (auto checked = replica_.check_append(until); !checked) return fail(checked.error().at(name_.to_string()));
  auto appended = log_->append(batch, replica_.epoch(), origin);
  if (!appended) {
    // Whoever waits for more is told that none comes.
    if (log_->stopped()) wake_those_who_wait(true);
    return fail(appended.error().at(name_.to_string()));
  }
  replica_.appended(log_->end_offset());
  follow_replica();
  const Offset end = appended->last_offset + 1;
  const auto known = replica_.outcome(end, until);
  return Appended{appended->base_offset, appended->last_offset, end, log_->log_start(), known && *known};
}

std::optional<Result<>> Partition::outcome(Offset end, Until until) const {
  MutexLock lock(mutex_);
  return outcome_now(end, until);
}

std::optional<Result<>> Partition::outcome_now(Offset end, Until until) const {
  auto known = replica_.outcome(end, until);
  const bool is_promised = known && *known && (until == Until::synced || replica_.must_sync_first());
  WEIR_ASSERT(!is_promised || replica_.role() != cluster::Replica::Role::leader || log_->synced() >= end,
              "nothing is acknowledged before its sync");
  if (known) return *known ? std::move(known) : fail(known->error().at(name_.to_string()));
  if (is_closed_) return fail(ErrorCode::not_leader_or_follower, name_.to_string() + " is closed");
  if (refused_ && end <= refused_->end && !is_sync_under_way()) return fail(refused_->why.at(name_.to_string()));
  // A sync that began before may still end well.
  if (log_->stopped() && !is_sync_under_way()) {
    return fail(ErrorCode::storage_error, name_.to_string() + ": " + log_->stopped()->detail);
  }
  return std::nullopt;
}

bool Partition::wait_for_outcome(Offset end, Until until, const std::shared_ptr<Waiter>& waiter) {
  MutexLock lock(mutex_);
  if (outcome_now(end, until)) return false;
  std::erase_if(committing_, [](const Committing& entry) { return entry.waiter->is_woken(); });
  committing_.push_back({waiter, end, until});
  return true;
}

bool Partition::tell_of_outcome(Offset end, Until until, std::function<void()> tell) {
  MutexLock lock(mutex_);
  if (outcome_now(end, until)) return false;
  telling_.push_back({std::move(tell), end, until});
  return true;
}

Task<Result<>> committed(std::shared_ptr<Partition> partition, Offset end, Until until,
                         std::optional<Deadline> deadline, Executor& executor) {
  auto is_late = std::make_shared<std::atomic<bool>>(false);  // shared: with the timer
  for (;;) {
    if (auto known = partition->outcome(end, until)) co_return *std::move(known);
    if (*is_late) {
      co_return fail(ErrorCode::request_timed_out, partition->name().to_string() + ": records below " +
                                                       std::to_string(end.value()) +
                                                       " are not safe yet; the high watermark is " +
                                                       std::to_string(partition->positions().high_watermark.value()));
    }
    auto waiter = std::make_shared<Waiter>(executor);  // shared: with the partition and the timer
    if (!partition->wait_for_outcome(end, until, waiter)) continue;
    Timers::Id timer = 0;
    if (deadline) {
      timer = deadline->timers.at(deadline->at_ns, [waiter, is_late] {
        *is_late = true;
        waiter->wake();
      });
    }
    co_await *waiter;
    if (deadline) deadline->timers.cancel(deadline->at_ns, timer);
  }
}

// syncs -----------------------------------------------------------------------------------------------------------

Result<> Partition::sync() {
  BegunSync begun;
  {
    MutexLock lock(mutex_);
    while (is_syncing_) sync_ended_.wait(mutex_);
    WEIR_TRY_VAR(plan, plan_sync_now());
    begun.plan = std::move(plan);
    is_syncing_ = true;
  }
  return end_sync(begun, storage::SyncedIn::segments, storage::perform(files_, begun.plan));
}

Result<std::optional<Partition::BegunSync>> Partition::begin_sync(SyncIf sync_if, const storage::Journal* journal) {
  MutexLock lock(mutex_);
  for (; !is_durable(sync_if); sync_ended_.wait(mutex_)) {
    if (is_journaling_ || (is_syncing_ && journal == nullptr)) continue;
    WEIR_TRY_VAR(plan, plan_sync_now());
    if (is_syncing_ && !storage::is_for_journal(storage::unsynced_of(plan))) continue;
    BegunSync begun{std::move(plan), is_syncing_};
    (is_syncing_ ? is_journaling_ : is_syncing_) = true;
    return begun;
  }
  return std::nullopt;
}

Result<> Partition::make_durable(SyncIf sync_if) {
  WEIR_TRY_VAR(begun, begin_sync(sync_if, nullptr));
  return begun ? end_sync(*begun, storage::SyncedIn::segments, storage::perform(files_, begun->plan)) : Result<>{};
}

bool Partition::wants_sync(SyncIf sync_if) const {
  MutexLock lock(mutex_);
  return !is_durable(sync_if);
}

bool Partition::is_durable(SyncIf sync_if) const {
  const bool is_wanted = sync_if == SyncIf::unsynced || replica_.must_sync_first();
  return !is_wanted || log_->synced() >= log_->end_offset();
}

Result<storage::SyncPlan> Partition::plan_sync_now() {
  if (is_closed_) return fail(ErrorCode::not_leader_or_follower, name_.to_string() + " is closed");
  auto plan = log_->plan_sync();
  if (!plan) {
    refused_ = Refused{log_->end_offset(), plan.error()};
    wake_those_who_wait(false);
    return fail(plan.error());
  }
  refused_.reset();
  return plan;
}

void Partition::sync_ends(const BegunSync& sync) {
  (sync.only_by_journal ? is_journaling_ : is_syncing_) = false;
  sync_ended_.notify_all();
}

void Partition::take_journal(BegunSync& sync) {
  MutexLock lock(mutex_);
  if (sync.only_by_journal) return;
  sync_ends(sync);
  is_journaling_ = sync.only_by_journal = true;
}

void Partition::give_up_sync(const BegunSync& sync) {
  MutexLock lock(mutex_);
  sync_ends(sync);
}

Result<> Partition::end_sync(const BegunSync& sync, storage::SyncedIn in, const Result<>& outcome) {
  MutexLock lock(mutex_);
  sync_ends(sync);
  if (!outcome) {
    log_->sync_failed(outcome.error());
    wake_those_who_wait(true);
    return fail(ErrorCode::storage_error, name_.to_string() + ": " + outcome.error().detail);
  }
  log_->sync_done(sync.plan, in);
  replica_.synced(log_->synced());
  follow_replica();
  return {};
}

// reads -----------------------------------------------------------------------------------------------------------

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
  std::erase_if(committing_, [&](const Committing& entry) WEIR_REQUIRES(mutex_) {
    if (!all && !outcome_now(entry.end, entry.until)) return false;
    entry.waiter->wake();
    return true;
  });
  std::erase_if(telling_, [&](const Telling& entry) WEIR_REQUIRES(mutex_) {
    if (!all && !outcome_now(entry.end, entry.until)) return false;
    entry.tell();
    return true;
  });
}

Result<> Partition::refresh() {
  MutexLock lock(mutex_);
  WEIR_TRY(log_->refresh());
  replica_ = as_opened(self_, epoch(), *log_, flush());
  follow_replica();
  return {};
}

Result<> Partition::close() {
  MutexLock lock(mutex_);
  if (is_closed_) return {};
  is_closed_ = true;
  while (is_sync_under_way()) sync_ended_.wait(mutex_);
  wake_those_who_wait(true);
  return log_->close();
}

}  // namespace weir::log::broker
