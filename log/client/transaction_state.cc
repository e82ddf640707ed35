#include "log/client/transaction_state.h"

namespace weir::log {

namespace {

const char* name_of(TransactionState::Phase phase) {
  switch (phase) {
    case TransactionState::Phase::uninitialized:
      return "init_transactions was not called";
    case TransactionState::Phase::ready:
      return "no transaction is open";
    case TransactionState::Phase::open:
      return "a transaction is open";
    case TransactionState::Phase::committing:
      return "it is not known yet whether the last transaction was committed";
    case TransactionState::Phase::aborting:
      return "it is not known yet whether the last transaction was aborted";
    case TransactionState::Phase::fenced:
      return "fenced";
  }
  return "";
}

}  // namespace

Result<> TransactionState::wrong(const char* call) const {
  if (phase_ == Phase::fenced) return fail(*failure_);
  return fail(ErrorCode::wrong_state, std::string(call) + ": " + name_of(phase_));
}

Result<> TransactionState::may_init() const {
  return phase_ == Phase::fenced ? wrong("init_transactions") : Result<>{};
}

Result<> TransactionState::may_begin() const {
  return phase_ == Phase::ready ? Result<>{} : wrong("begin_transaction");
}

Result<> TransactionState::may_write() const {
  if (phase_ != Phase::open) return wrong("send");
  return failure_ ? Result<>(fail(*failure_)) : Result<>{};
}

Result<> TransactionState::may_commit() const {
  if (phase_ == Phase::committing) return {};
  if (phase_ != Phase::open) return wrong("commit_transaction");
  return failure_ ? Result<>(fail(*failure_)) : Result<>{};
}

Result<> TransactionState::may_abort() const {
  return phase_ == Phase::open || phase_ == Phase::aborting ? Result<>{} : wrong("abort_transaction");
}

void TransactionState::initialized() {
  phase_ = Phase::ready;
  failure_.reset();
}

void TransactionState::ended() {
  phase_ = Phase::ready;
  failure_.reset();
}

void TransactionState::failed(const Error& error) {
  if (phase_ == Phase::fenced) return;
  if (!failure_) failure_ = error;
  if (error.code != ErrorCode::producer_fenced) return;
  failure_ = error;
  phase_ = Phase::fenced;
}

}  // namespace weir::log
