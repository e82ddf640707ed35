#include "log/broker/transactions/coordinator.h"

#include <algorithm>

#include "log/base/assert.h"
#include "log/base/saturate.h"

namespace weir::log::broker {

namespace {

using State = TransactionState;

bool is_pending_elsewhere(const std::optional<TxnCoordinator::Change>& pending) {
  return pending && !(pending->next && pending->next->state == State::ongoing);
}

tl::unexpected<Error> concurrent(const std::string& transactional_id) {
  return fail(ErrorCode::concurrent_transactions, transactional_id + " is between two states");
}

tl::unexpected<Error> fenced(const std::string& transactional_id, ProducerEpoch epoch, ProducerEpoch current) {
  return fail(ErrorCode::producer_fenced, transactional_id + ": epoch " + std::to_string(epoch.value()) + ", it is " +
                                              std::to_string(current.value()) + " by now");
}

// May a producer that says who it was go on? If its epoch is not the current one, that is found out by the bump.
bool is_expected(const Transaction& current, const std::optional<ProducerIdentity>& expected) {
  if (!expected || expected->id == current.producer_id) return true;
  return expected->id == current.last_producer_id && is_exhausted(expected->epoch);
}

// The state after InitProducerId, where no transaction is open.
Result<Transaction> begin_anew(const std::string& transactional_id, const Transaction& current,
                               const TxnCoordinator::InitOptions& options, std::int64_t now_ms) {
  Transaction next;
  next.timeout_ms = options.timeout_ms;
  next.last_update_ms = now_ms;
  const auto& expected = options.expected;
  if (is_exhausted(current.epoch) && (!expected || expected->epoch == current.epoch)) {
    next.producer_id = options.fresh_id;
    next.epoch = ProducerEpoch(0);
    next.last_producer_id = current.producer_id;
    next.last_epoch = expected ? current.epoch : kNoProducerEpoch;
    return next;
  }
  next.producer_id = current.producer_id;
  next.last_producer_id = current.last_producer_id;
  if (!expected || expected->epoch == current.epoch) {
    next.epoch = current.epoch + 1;
    next.last_epoch = expected ? current.epoch : kNoProducerEpoch;
    return next;
  }
  if (expected->epoch == current.last_epoch) {  // repeated: the answer got lost
    next.epoch = current.epoch;
    next.last_epoch = current.last_epoch;
    return next;
  }
  return fenced(transactional_id, expected->epoch, current.epoch);
}

Transaction first_of(const TxnCoordinator::InitOptions& options, std::int64_t now_ms) {
  Transaction first;
  first.producer_id = options.fresh_id;
  first.epoch = ProducerEpoch(0);
  first.timeout_ms = options.timeout_ms;
  first.last_update_ms = now_ms;
  return first;
}

bool is_busy(const Transaction& one) {
  return one.is_prepared() || one.state == State::ongoing;
}

bool is_idle(const Transaction& one, std::int64_t idle_ms, std::int64_t now_ms) {
  return !is_busy(one) && saturated_sum(one.last_update_ms, idle_ms) <= now_ms;
}

Transaction aborted_for_another(const Transaction& current, std::int64_t now_ms) {
  Transaction next = current;
  WEIR_ASSERT(current.epoch.value() < std::numeric_limits<std::int16_t>::max());
  next.epoch = current.epoch + 1;
  next.last_epoch = kNoProducerEpoch;
  next.state = State::prepare_abort;
  next.last_update_ms = now_ms;
  return next;
}

}  // namespace

// decisions -------------------------------------------------------------------------------------------------------

bool TxnCoordinator::needs_fresh_id(const std::string& transactional_id) const {
  const Transaction* current = find(transactional_id);
  if (current == nullptr) return true;
  return !is_busy(*current) && is_exhausted(current->epoch);
}

Result<TxnCoordinator::Initialised> TxnCoordinator::decide_init(const std::string& transactional_id,
                                                                const InitOptions& options, std::int64_t now_ms) {
  if (options.timeout_ms <= 0 || options.timeout_ms > kMaxTransactionTimeoutMs) {
    return fail(ErrorCode::invalid_transaction_timeout, std::to_string(options.timeout_ms) + " ms is not in [1, " +
                                                            std::to_string(kMaxTransactionTimeoutMs) + "]");
  }
  auto found = entries_.find(transactional_id);
  if (found != entries_.end() && found->second.pending) return concurrent(transactional_id);
  const Transaction* current = find(transactional_id);
  if (current == nullptr) {
    Transaction next = first_of(options, now_ms);
    return Initialised{{next.producer_id, next.epoch}, begin(transactional_id, next)};
  }
  if (!is_expected(*current, options.expected)) {
    return fenced(transactional_id, options.expected->epoch, current->epoch);
  }
  switch (current->state) {
    case State::empty:
    case State::complete_commit:
    case State::complete_abort: {
      WEIR_TRY_VAR(next, begin_anew(transactional_id, *current, options, now_ms));
      return Initialised{{next.producer_id, next.epoch}, begin(transactional_id, next)};
    }
    case State::ongoing:
      return Initialised{{}, begin(transactional_id, aborted_for_another(*current, now_ms)), true};
    case State::prepare_commit:
    case State::prepare_abort:
    case State::dead:
    case State::prepare_epoch_fence:
      break;
  }
  return concurrent(transactional_id);
}

Result<const Transaction*> TxnCoordinator::find_for(const std::string& transactional_id,
                                                    ProducerIdentity producer) const {
  const Transaction* current = find(transactional_id);
  if (current == nullptr || current->producer_id != producer.id) {
    return fail(ErrorCode::invalid_producer_id_mapping,
                "producer " + std::to_string(producer.id.value()) + " is not that of " + transactional_id);
  }
  return current;
}

Result<std::optional<TxnCoordinator::Change>> TxnCoordinator::decide_add(const std::string& transactional_id,
                                                                         ProducerIdentity producer,
                                                                         const std::vector<TopicPartition>& partitions,
                                                                         Now now) {
  WEIR_TRY_VAR(current, find_for(transactional_id, producer));
  if (current->epoch != producer.epoch) return fenced(transactional_id, producer.epoch, current->epoch);
  if (entries_.at(transactional_id).pending || current->is_prepared()) return concurrent(transactional_id);
  bool is_open = current->state == State::ongoing;
  bool has_all = std::all_of(partitions.begin(), partitions.end(),
                             [&](const TopicPartition& one) { return current->partitions.contains(one); });
  if (is_open && has_all) return std::nullopt;
  Transaction next = *current;
  next.state = State::ongoing;
  next.partitions.insert(partitions.begin(), partitions.end());
  if (!is_open) {
    next.start_ms = now.wall_ms;
    next.opened_ms = now.monotonic_ms;
  }
  next.last_update_ms = now.wall_ms;
  return begin(transactional_id, std::move(next));
}

Result<std::optional<TxnCoordinator::Change>> TxnCoordinator::decide_end(const std::string& transactional_id,
                                                                         ProducerIdentity producer,
                                                                         EndMarkerType outcome, std::int64_t now_ms) {
  WEIR_TRY_VAR(current, find_for(transactional_id, producer));
  if (current->epoch != producer.epoch) return fenced(transactional_id, producer.epoch, current->epoch);
  if (entries_.at(transactional_id).pending) return concurrent(transactional_id);
  const bool commits = outcome == EndMarkerType::commit;
  switch (current->state) {
    case State::ongoing: {
      Transaction next = *current;
      next.state = commits ? State::prepare_commit : State::prepare_abort;
      next.last_update_ms = now_ms;
      return begin(transactional_id, std::move(next));
    }
    case State::complete_commit:
      if (commits) return std::nullopt;
      break;
    case State::complete_abort:
      if (!commits) return std::nullopt;
      break;
    case State::prepare_commit:
      if (commits) return concurrent(transactional_id);
      break;
    case State::prepare_abort:
      if (!commits) return concurrent(transactional_id);
      break;
    case State::empty:
    case State::dead:
    case State::prepare_epoch_fence:
      break;
  }
  return fail(ErrorCode::invalid_txn_state, transactional_id +
                                                (commits ? " cannot be committed" : " cannot be aborted") +
                                                ": no transaction of this " + "outcome is open");
}

void TxnCoordinator::set_ends(Change& change, std::vector<Offset> ends) {
  Entry& entry = entries_.at(change.transactional_id);
  WEIR_ASSERT(entry.pending && change.next && ends.size() == change.next->partitions.size());
  change.next->ends = std::move(ends);
  entry.pending = change;
}

std::optional<TxnCoordinator::Change> TxnCoordinator::decide_revoke(const std::string& transactional_id,
                                                                    std::int64_t now_ms) {
  const Transaction* current = find(transactional_id);
  if (current == nullptr || current->state != State::prepare_commit || entries_.at(transactional_id).pending) {
    return std::nullopt;
  }
  Transaction next = *current;
  next.state = State::prepare_abort;
  next.ends.clear();
  next.last_update_ms = now_ms;
  return begin(transactional_id, std::move(next));
}

std::optional<TxnCoordinator::Change> TxnCoordinator::decide_fence(const std::string& transactional_id,
                                                                   std::int64_t now_ms) {
  const Transaction* current = find(transactional_id);
  if (current == nullptr || current->state != State::ongoing || entries_.at(transactional_id).pending) {
    return std::nullopt;
  }
  return begin(transactional_id, aborted_for_another(*current, now_ms));
}

std::optional<TxnCoordinator::Completion> TxnCoordinator::decide_complete(const std::string& transactional_id,
                                                                          std::int64_t now_ms) {
  const Transaction* current = find(transactional_id);
  if (current == nullptr || !current->is_prepared() || entries_.at(transactional_id).pending) return std::nullopt;
  const bool commits = current->state == State::prepare_commit;
  Completion completion;
  completion.producer = {current->producer_id, current->epoch};
  completion.outcome = commits ? EndMarkerType::commit : EndMarkerType::abort;
  completion.partitions = current->partitions;
  completion.ends = current->ends;
  Transaction next = *current;
  next.state = commits ? State::complete_commit : State::complete_abort;
  next.partitions.clear();
  next.ends.clear();
  next.last_update_ms = now_ms;
  completion.change = begin(transactional_id, std::move(next));
  return completion;
}

std::optional<TxnCoordinator::Change> TxnCoordinator::decide_expire(const std::string& transactional_id,
                                                                    std::int64_t idle_ms, std::int64_t now_ms) {
  const Transaction* current = find(transactional_id);
  if (current == nullptr || !is_idle(*current, idle_ms, now_ms)) return std::nullopt;
  if (entries_.at(transactional_id).pending) return std::nullopt;
  return begin(transactional_id, std::nullopt);
}

std::optional<TxnCoordinator::Change> TxnCoordinator::decide_retire(const std::string& transactional_id,
                                                                    std::int64_t now_ms) {
  const Transaction* current = find(transactional_id);
  if (current == nullptr || is_busy(*current) || is_exhausted(current->epoch)) return std::nullopt;
  if (entries_.at(transactional_id).pending) return std::nullopt;
  Transaction next = *current;
  next.epoch = kLastEpochButOne;
  next.last_producer_id = kNoProducerId;
  next.last_epoch = kNoProducerEpoch;
  next.last_update_ms = now_ms;
  return begin(transactional_id, std::move(next));
}

Result<> TxnCoordinator::check_append(const std::string& transactional_id, ProducerIdentity producer,
                                      const TopicPartition& partition) const {
  WEIR_TRY_VAR(current, find_for(transactional_id, producer));
  if (current->epoch != producer.epoch) {
    return fail(ErrorCode::invalid_producer_epoch, transactional_id + ": epoch " +
                                                       std::to_string(producer.epoch.value()) + ", it is " +
                                                       std::to_string(current->epoch.value()) + " by now");
  }
  bool is_open = current->state == State::ongoing && !is_pending_elsewhere(entries_.at(transactional_id).pending);
  if (!is_open || !current->partitions.contains(partition)) {
    return fail(ErrorCode::invalid_txn_state,
                partition.to_string() + " is not part of an open transaction of " + transactional_id);
  }
  return {};
}

// state -----------------------------------------------------------------------------------------------------------

TxnCoordinator::Change TxnCoordinator::begin(const std::string& transactional_id, std::optional<Transaction> next) {
  Entry& entry = entries_[transactional_id];
  WEIR_ASSERT(!entry.pending);
  entry.pending = Change{transactional_id, std::move(next)};
  return *entry.pending;
}

void TxnCoordinator::committed(const Change& change) {
  Entry& entry = entries_.at(change.transactional_id);
  WEIR_ASSERT(entry.pending && entry.pending->next == change.next);
  entry.pending.reset();
  load(change.transactional_id, change.next);
}

void TxnCoordinator::failed(const Change& change) {
  Entry& entry = entries_.at(change.transactional_id);
  WEIR_ASSERT(entry.pending && entry.pending->next == change.next);
  entry.pending.reset();
  if (!entry.current) entries_.erase(change.transactional_id);
}

void TxnCoordinator::load(const std::string& transactional_id, std::optional<Transaction> transaction) {
  if (!transaction) {
    entries_.erase(transactional_id);
    return;
  }
  entries_[transactional_id].current = std::move(transaction);
}

const Transaction* TxnCoordinator::find(const std::string& transactional_id) const {
  auto found = entries_.find(transactional_id);
  return found == entries_.end() || !found->second.current ? nullptr : &*found->second.current;
}

template <class Wanted>
std::vector<std::string> TxnCoordinator::ids_where(Wanted wanted) const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.current && wanted(*entry.current)) ids.push_back(id);
  }
  return ids;
}

std::vector<std::string> TxnCoordinator::ids() const {
  return ids_where([](const Transaction&) { return true; });
}

std::vector<std::string> TxnCoordinator::prepared() const {
  return ids_where([](const Transaction& one) { return one.is_prepared(); });
}

std::vector<std::string> TxnCoordinator::ongoing() const {
  return ids_where([](const Transaction& one) { return one.state == State::ongoing; });
}

std::vector<std::string> TxnCoordinator::timed_out(std::int64_t monotonic_ms) {
  for (auto& [id, entry] : entries_) {
    const bool is_unknown = entry.current && entry.current->state == State::ongoing &&
                            entry.current->opened_ms == kNoTimestamp && !entry.pending;
    if (is_unknown) entry.current->opened_ms = monotonic_ms;
  }
  return ids_where([&](const Transaction& one) {
    const bool is_open = one.state == State::ongoing && one.opened_ms != kNoTimestamp;
    return is_open && one.opened_ms + one.timeout_ms < monotonic_ms;
  });
}

std::vector<std::string> TxnCoordinator::idle(std::int64_t idle_ms, std::int64_t now_ms) const {
  return ids_where([&](const Transaction& one) { return is_idle(one, idle_ms, now_ms); });
}

bool TxnCoordinator::holds(ProducerIdentity producer, const TopicPartition& partition) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const auto& current = entry.second.current;
    return current && current->producer_id == producer.id && current->partitions.contains(partition) &&
           is_busy(*current);
  });
}

}  // namespace weir::log::broker
