// The transactional part of LogProducer.
#include "log/client/log_producer.h"

namespace weir::log {

LogProducer::~LogProducer() {
  if (state_.is_open()) (void)abort_transaction();
}

Result<> LogProducer::require_transactional(const char* call) const {
  if (is_transactional()) return {};
  return fail(ErrorCode::wrong_state, std::string(call) + ": this producer has no transactional_id");
}

Result<> LogProducer::init_transactions() {
  WEIR_TRY(require_transactional("init_transactions"));
  WEIR_TRY(state_.may_init());
  WEIR_TRY(leave_transaction());
  return initialize();
}

// Ends what this producer may have left open. If it was committed after all, the coordinator refuses, and that is an
// end too. A coordinator that is asked for a new epoch while a transaction is open would take us for another producer.
Result<> LogProducer::leave_transaction() {
  using Phase = TransactionState::Phase;
  bool may_be_open = state_.phase() != Phase::uninitialized && state_.phase() != Phase::ready;
  if (!may_be_open || !has_touched_transaction()) return {};
  sender_.wait_until_idle();
  auto outcome = connection_.loop.run(calls_.end(Commit::no));
  if (!outcome && outcome.error().code != ErrorCode::invalid_txn_state) return note(std::move(outcome));
  state_.needs_init();
  return {};
}

// A new epoch: sequences start again, and whatever an older epoch left open is ended.
Result<> LogProducer::initialize() {
  sender_.wait_until_idle();
  auto outcome = connection_.loop.run(calls_.init());
  if (!outcome) {
    if (outcome.error().code == ErrorCode::producer_fenced) state_.failed(outcome.error());
    update_can_send();
    return outcome;
  }
  for (Lane* lane : all_lanes_) lane->restart();
  sender_.clear_failure();
  partitions_in_transaction_ = 0;
  has_offsets_in_transaction_ = false;
  state_.initialized();
  update_can_send();
  return {};
}

Result<> LogProducer::begin_transaction() {
  WEIR_TRY(require_transactional("begin_transaction"));
  WEIR_TRY(state_.may_begin());
  state_.begun();
  ++transaction_;
  partitions_in_transaction_ = 0;
  has_offsets_in_transaction_ = false;
  update_can_send();
  return {};
}

Result<> LogProducer::add_new_partitions() {
  std::vector<TopicPartition> added;
  for (const Lane* lane : all_lanes_) {
    if (lane->transaction != transaction_ && lane->has_records()) added.push_back(lane->partition);
  }
  if (added.empty()) return {};
  // Counted before it is known: after a lost answer they may be part of it, and then an abort must end them.
  partitions_in_transaction_ += added.size();
  WEIR_TRY(connection_.loop.run(calls_.add_partitions(std::move(added))));
  for (Lane* lane : all_lanes_) {
    if (lane->has_records()) lane->transaction = transaction_;
  }
  return {};
}

Result<> LogProducer::send_offsets(const GroupMetadata& group, std::span<const PartitionOffset> offsets) {
  WEIR_TRY(require_transactional("send_offsets"));
  WEIR_TRY(state_.may_write());
  if (offsets.empty()) return {};
  has_offsets_in_transaction_ = true;
  return note(connection_.loop.run(calls_.commit_offsets(group, {offsets.begin(), offsets.end()})));
}

Result<> LogProducer::commit_transaction() {
  WEIR_TRY(require_transactional("commit_transaction"));
  WEIR_TRY(state_.may_commit());
  if (state_.is_open()) WEIR_TRY(note(deliver_all()));
  return end(Commit::yes);
}

Result<> LogProducer::abort_transaction() {
  WEIR_TRY(require_transactional("abort_transaction"));
  WEIR_TRY(state_.may_abort());
  const bool is_uncertain = forget_unsent();
  const bool needs_new_epoch = is_uncertain || state_.failure().has_value();
  WEIR_TRY(end(Commit::no));
  if (!needs_new_epoch) return {};
  state_.needs_init();
  return initialize();
}

// Says whether a batch is given up that may have been written: its sequence numbers must not be used for another one.
bool LogProducer::forget_unsent() {
  sender_.wait_until_idle();
  sender_.clear_failure();
  bool is_uncertain = false;
  for (Lane* lane : all_lanes_) {
    is_uncertain |= lane->is_uncertain();
    lane->discard();
  }
  return is_uncertain;
}

Result<> LogProducer::end(Commit commit) {
  if (has_touched_transaction()) {
    if (commit == Commit::yes) {
      state_.committing();
    } else {
      state_.aborting();
    }
    update_can_send();
    // An error leaves the phase as it is: the outcome is not known, unless the producer was fenced.
    auto outcome = connection_.loop.run(calls_.end(commit));
    if (!outcome) return note(std::move(outcome));
  }
  state_.ended();
  update_can_send();
  return {};
}

}  // namespace weir::log
