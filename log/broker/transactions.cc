#include "log/broker/transactions.h"

#include <algorithm>
#include <array>

#include "log/broker/coordinator_records.h"

namespace weir::log::broker {

namespace {

Result<> apply_batch(TxnCoordinator& coordinator, const RecordBatch& batch) {
  if (batch.header.is_control()) return {};
  BatchReader reader;
  WEIR_TRY(reader.open(batch));
  std::array<RecordView, 64> views;
  for (;;) {
    WEIR_TRY_VAR(count, reader.fill(views));
    if (count == 0) return {};
    for (std::size_t i = 0; i < count; ++i) {
      WEIR_TRY_VAR(change, decode_transaction(views[i]));
      if (change) coordinator.load(change->transactional_id, std::move(change->next));
    }
  }
}

}  // namespace

void Transactions::load() {
  shards_.load(apply_batch);
}

// requests --------------------------------------------------------------------------------------------------------

Result<ProducerIdentity> Transactions::init(const std::string& transactional_id, std::int32_t timeout_ms,
                                            std::optional<ProducerIdentity> expected) {
  constexpr int kRounds = 3;  // to abort what was open, and then to begin
  WEIR_TRY_VAR(shard, shards_.find_or_make(transactional_id));
  WEIR_TRY(check_served(*shard));
  for (int round = 0; round < kRounds; ++round) {
    WEIR_TRY(complete_or_tell(*shard, transactional_id));
    TxnCoordinator::InitOptions options{timeout_ms, expected};
    if (needs_fresh_id(*shard, transactional_id)) {
      WEIR_TRY_VAR(fresh, topics_.new_producer_id());  // which may be written down first: under no lock
      options.fresh_id = fresh;
    }
    TxnCoordinator::Initialised decided;
    {
      MutexLock lock(shard->mutex);
      if (options.fresh_id == kNoProducerId && shard->state.needs_fresh_id(transactional_id)) continue;
      WEIR_TRY_VAR(initialised, shard->state.decide_init(transactional_id, options, clock_.wall_ms()));
      decided = std::move(initialised);
    }
    if (decided.change) WEIR_TRY(commit(*shard, *decided.change));
    if (!decided.is_fencing) return decided.producer;
  }
  return fail(ErrorCode::concurrent_transactions, transactional_id + " is being aborted");
}

bool Transactions::needs_fresh_id(Shard& shard, const std::string& transactional_id) {
  MutexLock lock(shard.mutex);
  return shard.state.needs_fresh_id(transactional_id);
}

Result<> Transactions::check_served(Shard& shard) {
  MutexLock lock(shard.mutex);
  return shard.check_served();
}

Result<Transactions::Shard*> Transactions::shard_of(const std::string& transactional_id) {
  if (Shard* shard = shards_.find(transactional_id)) {
    WEIR_TRY(check_served(*shard));
    return shard;
  }
  return fail(ErrorCode::invalid_producer_id_mapping, "no producer began as " + transactional_id);
}

Result<> Transactions::add_partitions(const std::string& transactional_id, ProducerIdentity producer,
                                      const std::vector<TopicPartition>& partitions) {
  WEIR_TRY_VAR(shard, shard_of(transactional_id));
  WEIR_TRY(complete_or_tell(*shard, transactional_id));
  std::optional<Change> change;
  {
    MutexLock lock(shard->mutex);
    WEIR_TRY_VAR(decided, shard->state.decide_add(transactional_id, producer, partitions,
                                                  {clock_.wall_ms(), clock_.monotonic_ms()}));
    change = std::move(decided);
  }
  return change ? commit(*shard, *change) : Result<>{};
}

Result<> Transactions::end(const std::string& transactional_id, ProducerIdentity producer, EndMarkerType outcome) {
  WEIR_TRY_VAR(shard, shard_of(transactional_id));
  WEIR_TRY(complete_or_tell(*shard, transactional_id));
  std::optional<Change> change;
  {
    MutexLock lock(shard->mutex);
    WEIR_TRY_VAR(decided, shard->state.decide_end(transactional_id, producer, outcome, clock_.wall_ms()));
    change = std::move(decided);
    // Under the lock: nothing else is added to it.
    if (change && outcome == EndMarkerType::commit) shard->state.set_ends(*change, ends_of(change->next->partitions));
  }
  if (!change) return {};
  WEIR_TRY(commit(*shard, *change));
  (void)complete(*shard, transactional_id);  // certain by now: what fails is made good later
  return {};
}

Result<Partition::Appended> Transactions::append(const std::string& transactional_id, Partition& partition,
                                                 const RecordBatch& batch, storage::Origin origin, Until until) {
  auto appended = partition.append_to_open_transaction(batch, origin, until);
  if (appended || appended.error().code != ErrorCode::would_block) return appended;
  WEIR_TRY_VAR(shard, shard_of(transactional_id));
  // Held over the append: the transaction cannot be prepared between the check and the batch.
  MutexLock lock(shard->mutex);
  const ProducerIdentity producer{batch.header.producer_id, batch.header.producer_epoch};
  WEIR_TRY(shard->state.check_append(transactional_id, producer, partition.name()));
  return partition.append(batch, origin, until);
}

Result<> Transactions::check_append(const std::string& transactional_id, ProducerIdentity producer,
                                    const TopicPartition& partition) {
  WEIR_TRY_VAR(shard, shard_of(transactional_id));
  MutexLock lock(shard->mutex);
  return shard->state.check_append(transactional_id, producer, partition);
}

std::optional<Transaction> Transactions::describe(const std::string& transactional_id) {
  Shard* shard = shards_.find(transactional_id);
  if (shard == nullptr) return std::nullopt;
  MutexLock lock(shard->mutex);
  const Transaction* found = shard->state.find(transactional_id);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::vector<std::pair<std::string, Transaction>> Transactions::list() {
  std::vector<std::pair<std::string, Transaction>> all;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    for (auto& id : shard->state.ids()) {
      if (const Transaction* found = shard->state.find(id)) all.emplace_back(std::move(id), *found);
    }
  }
  return all;
}

// changes ---------------------------------------------------------------------------------------------------------

Result<> Transactions::write(const Shard& shard, const Change& change) {
  WEIR_TRY_VAR(batch, encode_transaction(change, clock_.wall_ms()));
  WEIR_TRY(shard.partition->append(batch, storage::Origin::coordinator));
  return make_durable(shard, change);
}

// A lost `complete` is found out by replaying; of a lost beginning what was written is aborted.
Result<> Transactions::make_durable(const Shard& shard, const Change& change) {
  static const std::set<TopicPartition> kNone;
  const auto state = change.next ? change.next->state : TransactionState::dead;
  const bool is_repeatable = state == TransactionState::complete_commit || state == TransactionState::complete_abort;
  if (is_repeatable || state == TransactionState::ongoing) return {};
  const auto& partitions = change.next ? change.next->partitions : kNone;
  std::vector<std::shared_ptr<Partition>> together;
  // One that is not found was deleted meanwhile. There is nothing to keep of what is aborted.
  if (state == TransactionState::prepare_commit) together = topics_.find_all(partitions);
  const auto wanted = topics_.is_any_synced_first(partitions) ? SyncIf::unsynced : SyncIf::wanted;
  std::vector<Wish> wishes{{shard.partition, wanted}};
  for (auto& partition : together) wishes.push_back({std::move(partition), wanted});
  for (auto& outcome : topics_.make_durable(wishes)) WEIR_TRY(std::move(outcome));
  return {};
}

Result<> Transactions::commit(Shard& shard, const Change& change) {
  auto written = write(shard, change);
  MutexLock lock(shard.mutex);
  if (written) {
    shard.state.committed(change);
  } else {
    shard.state.failed(change);
  }
  return written;
}

Result<> Transactions::complete_or_tell(Shard& shard, const std::string& transactional_id) {
  auto outcome = complete(shard, transactional_id);
  const bool is_final = !outcome && (outcome.error().code == ErrorCode::storage_error ||
                                     outcome.error().code == ErrorCode::corrupt_message);
  if (!is_final) return {};
  return fail(outcome.error().at(transactional_id + ": the transaction before is decided and cannot be completed"));
}

Result<> Transactions::complete(Shard& shard, const std::string& transactional_id) {
  std::optional<TxnCoordinator::Completion> owed;
  {
    MutexLock lock(shard.mutex);
    owed = shard.state.decide_complete(transactional_id, clock_.wall_ms());
  }
  if (!owed) return {};
  const Doubt doubt = doubt_of(transactional_id);
  if (doubt == Doubt::its_records) {
    {
      MutexLock lock(shard.mutex);
      shard.state.failed(owed->change);
    }
    return revoke(shard, transactional_id);
  }
  if (doubt == Doubt::its_markers) leave_later_ones(*owed);
  std::shared_lock ending(ending_);
  const EndMarker marker{owed->outcome, CoordinatorEpoch(shard.partition->epoch().value())};
  if (auto written = markers_.write_all(owed->partitions, owed->producer, marker); !written) {
    MutexLock lock(shard.mutex);
    shard.state.failed(owed->change);
    return written;
  }
  WEIR_TRY(commit(shard, owed->change));
  if (doubt != Doubt::none) {
    MutexLock lock(doubts_mutex_);
    doubts_.erase(transactional_id);
  }
  // Without ends (an older version's) it must not come back once the next one has begun.
  const bool may_come_back = owed->outcome == EndMarkerType::commit && owed->ends.empty();
  return may_come_back ? shard.partition->make_durable(SyncIf::unsynced) : Result<>{};
}

Result<> Transactions::revoke(Shard& shard, const std::string& transactional_id) {
  std::optional<Change> change;
  {
    MutexLock lock(shard.mutex);
    change = shard.state.decide_revoke(transactional_id, clock_.wall_ms());
  }
  if (!change) return {};
  WEIR_TRY(commit(shard, *change));
  {
    MutexLock lock(doubts_mutex_);
    doubts_.erase(transactional_id);
  }
  return complete(shard, transactional_id);
}

// All of them at once: the markers of one make the partitions of another longer.
void Transactions::doubt_what_is_prepared() {
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    for (const auto& id : shard->state.prepared()) {
      const Transaction& prepared = *shard->state.find(id);
      if (prepared.ends.empty()) continue;
      MutexLock doubts_lock(doubts_mutex_);
      doubts_[id] = lacks_records(prepared) ? Doubt::its_records : Doubt::its_markers;
      has_doubts_ = true;
    }
  }
}

Transactions::Doubt Transactions::doubt_of(const std::string& transactional_id) {
  if (!has_doubts_) return Doubt::none;
  MutexLock lock(doubts_mutex_);
  auto found = doubts_.find(transactional_id);
  return found == doubts_.end() ? Doubt::none : found->second;
}

std::vector<Offset> Transactions::ends_of(const std::set<TopicPartition>& partitions) const {
  std::vector<Offset> ends;
  for (const auto& name : partitions) {
    auto found = topics_.find(name.topic, name.partition);
    ends.push_back(found ? (*found)->positions().end : Offset(0));
  }
  return ends;
}

// A partition that is damaged has lost records that were safe: that says nothing of this outcome.
bool Transactions::lacks_records(const Transaction& prepared) const {
  auto end = prepared.ends.begin();
  return std::ranges::any_of(prepared.partitions, [&](const TopicPartition& name) {
    const Offset wanted = *end++;
    auto found = topics_.find(name.topic, name.partition);
    return found && (*found)->with_log([wanted](const storage::PartitionLog& log) {
      return !log.is_damaged() && log.end_offset() < wanted;
    });
  });
}

void Transactions::leave_later_ones(TxnCoordinator::Completion& owed) const {
  auto end = owed.ends.begin();
  std::erase_if(owed.partitions, [&](const TopicPartition& name) {
    const Offset before = *end++;
    auto found = topics_.find(name.topic, name.partition);
    if (!found) return false;
    const auto producers =
        (*found)->with_log([](const storage::PartitionLog& log) { return log.producers().active_producers(); });
    return std::ranges::any_of(producers, [&](const auto& one) {
      return one.id == owed.producer.id && one.transaction_start && *one.transaction_start >= before;
    });
  });
}

// from time to time -----------------------------------------------------------------------------------------------

void Transactions::run_due() {
  for (Shard* shard : shards_.all()) {
    const std::int64_t now_ms = clock_.wall_ms();
    std::vector<std::string> prepared;
    std::vector<std::string> late;
    std::vector<std::string> idle;
    {
      MutexLock lock(shard->mutex);
      prepared = shard->state.prepared();
      late = shard->state.timed_out(clock_.monotonic_ms());
      idle = shard->state.idle(kForgetIdAfterMs, now_ms);
    }
    for (const auto& id : prepared) (void)complete(*shard, id);
    for (const auto& id : late) fence(*shard, id);
    for (const auto& id : idle) expire(*shard, id);
  }
}

void Transactions::abort_ongoing() {
  for (Shard* shard : shards_.all()) {
    std::vector<std::string> open;
    {
      MutexLock lock(shard->mutex);
      open = shard->state.ongoing();
    }
    for (const auto& id : open) fence(*shard, id);
  }
}

void Transactions::retire_producers() {
  for (Shard* shard : shards_.all()) {
    std::vector<std::string> ids;
    {
      MutexLock lock(shard->mutex);
      ids = shard->state.ids();
    }
    for (const auto& id : ids) retire(*shard, id);
  }
}

// What fails here is tried again the next time.
void Transactions::fence(Shard& shard, const std::string& transactional_id) {
  std::optional<Change> change;
  {
    MutexLock lock(shard.mutex);
    change = shard.state.decide_fence(transactional_id, clock_.wall_ms());
  }
  if (change && commit(shard, *change)) (void)complete(shard, transactional_id);
}

void Transactions::expire(Shard& shard, const std::string& transactional_id) {
  std::optional<Change> change;
  {
    MutexLock lock(shard.mutex);
    change = shard.state.decide_expire(transactional_id, kForgetIdAfterMs, clock_.wall_ms());
  }
  if (change) (void)commit(shard, *change);
}

void Transactions::retire(Shard& shard, const std::string& transactional_id) {
  std::optional<Change> change;
  {
    MutexLock lock(shard.mutex);
    change = shard.state.decide_retire(transactional_id, clock_.wall_ms());
  }
  if (change) (void)commit(shard, *change);
}

Result<bool> Transactions::holds(ProducerIdentity producer, const TopicPartition& partition) {
  std::optional<Error> fault;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    if (shard->state.holds(producer, partition)) return true;
    if (shard->fault) fault = shard->fault;
  }
  if (fault) return fail(*fault);
  return false;
}

}  // namespace weir::log::broker
