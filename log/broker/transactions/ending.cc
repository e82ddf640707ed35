// TxnService: how a transaction ends.
#include <algorithm>

#include "log/broker/transactions/service.h"
#include "log/broker/transactions/write.h"
#include "log/wire/messages/write_txn_markers.h"

namespace weir::log::broker {

namespace {

using TxnShard = StateLog<TxnCoordinator>;

// What is owed and not done, also because whoever did it is gone, is somebody else's to do.
class Owed {
 public:
  Owed(TxnShard& shard, TxnShard::Tenure tenure, TxnCoordinator::Change change)
      : shard_(shard), tenure_(tenure), change_(std::move(change)) {}
  Owed(const Owed&) = delete;
  Owed& operator=(const Owed&) = delete;
  ~Owed() { give_back(); }

  void give_back() {
    if (!change_) return;
    (void)shard_.look(
        [this](TxnCoordinator& coordinator) {
          coordinator.failed(*change_);
          return Result<>{};
        },
        tenure_);
    change_.reset();
  }
  TxnShard::Tenure tenure() const { return tenure_; }
  // Whoever has it sees to it.
  TxnCoordinator::Change take() { return *std::exchange(change_, std::nullopt); }

 private:
  TxnShard& shard_;
  const TxnShard::Tenure tenure_;
  std::optional<TxnCoordinator::Change> change_;
};

struct Found {
  TxnCoordinator::Completion owed;
  TxnShard::Tenure tenure;
};

wire::WriteTxnMarkersRequest::WritableTxnMarker marker_of(const TxnCoordinator::Completion& owed,
                                                          CoordinatorEpoch epoch) {
  return {owed.producer.id, owed.producer.epoch, owed.outcome == EndMarkerType::commit, {}, epoch};
}

// A partition that is gone by now, or that a later epoch of the producer writes, has nothing open.
bool has_nothing_open(ErrorCode code) {
  return code == ErrorCode::unknown_topic_or_partition || code == ErrorCode::invalid_producer_epoch;
}

// As far as it is known here.
std::string why_not(const Topics& topics, const TopicPartition& name) {
  const std::string told = name.to_string() + ": the marker cannot be written";
  auto found = topics.find(name.topic, name.partition);
  if (!found) return told;
  const auto stopped = (*found)->with_log([](const storage::PartitionLog& log) { return log.stopped(); });
  return stopped ? told + ": " + stopped->detail : told;
}

}  // namespace

// What is durable when --------------------------------------------------------------------------------------------

// A lost `complete` is found out by replaying; of a lost beginning what was written is aborted. There is nothing to
// keep of what is aborted.
std::vector<Wish> TxnService::safe_for(const Shard& shard, const Change& change) const {
  static const std::set<TopicPartition> kNone;
  const auto state = change.next ? change.next->state : TransactionState::dead;
  const bool is_repeatable = state == TransactionState::complete_commit || state == TransactionState::complete_abort;
  if (is_repeatable || state == TransactionState::ongoing) return {};
  return together(shard.partition, change.next ? change.next->partitions : kNone,
                  state == TransactionState::prepare_commit);
}

std::vector<Wish> TxnService::together(const std::shared_ptr<Partition>& own,
                                       const std::set<TopicPartition>& partitions, bool with_records) const {
  const bool is_synced = topics_.is_any_synced_first(partitions);
  const auto wanted = is_synced ? SyncIf::unsynced : SyncIf::wanted;
  std::vector<Wish> wishes{{own, wanted}};
  if (!with_records) return wishes;
  // What a power cut takes back must not be a part of it: the moment that stays holds all of it, before its first
  // marker shows it.
  if (is_synced && topics_.has_cuts()) wishes.front().with_cut = WithCut::yes;
  // One that is not found was deleted meanwhile.
  for (auto& partition : topics_.find_all(partitions)) wishes.push_back({std::move(partition), wanted});
  return wishes;
}

// Completion ------------------------------------------------------------------------------------------------------

Task<Result<>> TxnService::complete_or_tell(Shard& shard, std::string transactional_id, Executor& executor) {
  auto outcome = co_await complete(shard, transactional_id, executor);
  const bool is_final = !outcome && (outcome.error().code == ErrorCode::storage_error ||
                                     outcome.error().code == ErrorCode::corrupt_message);
  if (!is_final) co_return Result<>{};
  co_return fail(outcome.error().at(transactional_id + ": the transaction before is decided and cannot be completed"));
}

Task<Result<>> TxnService::complete(Shard& shard, std::string transactional_id, Executor& executor) {
  WEIR_CO_TRY_VAR(found, shard.look([&](TxnCoordinator& coordinator) WEIR_REQUIRES(shard.mutex) {
    auto owed = coordinator.decide_complete(transactional_id, clock_.wall_ms());
    using Maybe = Result<std::optional<Found>>;
    return owed ? Maybe(Found{*std::move(owed), shard.tenure()}) : Maybe(std::nullopt);
  }));
  if (!found) co_return Result<>{};
  Completion& owed = found->owed;
  Owed pending(shard, found->tenure, owed.change);
  const Doubt doubt = doubt_of(transactional_id);
  if (doubt == Doubt::its_records) {
    pending.give_back();
    co_return co_await revoke(shard, transactional_id, executor);
  }
  if (doubt == Doubt::its_markers) leave_later_ones(owed);
  const CoordinatorEpoch epoch(shard.partition->epoch().value());
  WEIR_CO_TRY(co_await write_markers(owed, epoch, executor));
  auto written = write(
      shard, [&](TxnCoordinator&) -> Result<std::optional<Change>> { return pending.take(); }, pending.tenure());
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  settle_doubt(transactional_id);
  // Without ends (an older version's) it must not come back once the next one has begun.
  const bool may_come_back = owed.outcome == EndMarkerType::commit && owed.ends.empty();
  if (!may_come_back) co_return Result<>{};
  std::vector<Wish> own{{shard.partition, SyncIf::unsynced}};
  auto durable = co_await topics_.syncer().durable(std::move(own), executor);
  co_return std::move(durable.front());
}

// To every leader; the first error, after all were tried.
Task<Result<>> TxnService::write_markers(Completion owed, CoordinatorEpoch epoch, Executor& executor) {
  std::map<NodeId, wire::WriteTxnMarkersRequest> requests;
  for (const auto& [topic, partition] : owed.partitions) {  // sorted: each topic is one run
    const auto leader = topics_.leader_of({topic, partition});
    if (!leader) continue;  // it is gone by now
    auto& markers = requests[*leader].markers;
    if (markers.empty()) markers.push_back(marker_of(owed, epoch));
    auto& topics = markers.front().topics;
    if (topics.empty() || topics.back().name != topic) topics.push_back({topic, {}});
    topics.back().partition_indexes.push_back(partition);
  }
  Result<> first_error;
  for (auto& [leader, request] : requests) {
    auto response = co_await leaders_.call(leader, std::move(request), executor);
    if (!response) {
      if (first_error) first_error = fail(response.error());
      continue;
    }
    for (const auto& marker : response->markers) {
      for (const auto& topic : marker.topics) {
        for (const auto& [partition, code] : topic.partitions) {
          if (code == ErrorCode::none || has_nothing_open(code) || !first_error) continue;
          first_error = fail(code, why_not(topics_, {topic.name, partition}));
        }
      }
    }
  }
  co_return first_error;
}

Task<Result<>> TxnService::revoke(Shard& shard, std::string transactional_id, Executor& executor) {
  auto written = write(shard, [&](TxnCoordinator& coordinator) -> Result<std::optional<Change>> {
    return coordinator.decide_revoke(transactional_id, clock_.wall_ms());
  });
  WEIR_CO_TRY_VAR(at, co_await settled(std::move(written), executor));
  if (at == kNoOffset) co_return Result<>{};
  settle_doubt(transactional_id);
  co_return co_await complete(shard, transactional_id, executor);
}

Task<Result<>> TxnService::fence(Shard& shard, std::string transactional_id, Executor& executor) {
  auto written = write(shard, [&](TxnCoordinator& coordinator) -> Result<std::optional<Change>> {
    return coordinator.decide_fence(transactional_id, clock_.wall_ms());
  });
  WEIR_CO_TRY_VAR(at, co_await settled(std::move(written), executor));
  if (at == kNoOffset) co_return Result<>{};
  co_return co_await complete(shard, transactional_id, executor);
}

// After a power cut -----------------------------------------------------------------------------------------------

// All of them at once: the markers of one make the partitions of another longer.
void TxnService::doubt_what_is_prepared() {
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

TxnService::Doubt TxnService::doubt_of(const std::string& transactional_id) {
  if (!has_doubts_) return Doubt::none;
  MutexLock lock(doubts_mutex_);
  auto found = doubts_.find(transactional_id);
  return found == doubts_.end() ? Doubt::none : found->second;
}

void TxnService::settle_doubt(const std::string& transactional_id) {
  if (!has_doubts_) return;
  MutexLock lock(doubts_mutex_);
  doubts_.erase(transactional_id);
}

std::vector<Offset> TxnService::ends_of(const std::set<TopicPartition>& partitions) const {
  std::vector<Offset> ends;
  for (const auto& name : partitions) {
    auto found = topics_.find(name.topic, name.partition);
    ends.push_back(found ? (*found)->positions().end : Offset(0));
  }
  return ends;
}

// A partition that is damaged has lost records that were safe: that says nothing of this outcome.
bool TxnService::lacks_records(const Transaction& prepared) const {
  auto end = prepared.ends.begin();
  return std::ranges::any_of(prepared.partitions, [&](const TopicPartition& name) {
    const Offset wanted = *end++;
    auto found = topics_.find(name.topic, name.partition);
    return found && (*found)->with_log([wanted](const storage::PartitionLog& log) {
      return !log.is_damaged() && log.end_offset() < wanted;
    });
  });
}

void TxnService::leave_later_ones(Completion& owed) const {
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

}  // namespace weir::log::broker
