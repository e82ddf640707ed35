// TransactionState: what a producer may do when: a transaction's life as a table of phases, without I/O.
//
//   uninitialized ──init──► ready ──begin──► open ──commit──► committing ──known──► ready
//                             ▲                └────abort───► aborting  ──known──► ready
//   fenced: another producer with the same id took over; the only way out is a new producer.
//
// `committing` stays while the outcome is unknown: only the same intent, or a new epoch (init), may follow, because the
// transaction may have been committed. An open transaction whose records were not all delivered can only be aborted.
// Owner: the producer's thread.
#pragma once

#include <optional>

#include "log/base/result.h"

namespace weir::log {

class TransactionState {
 public:
  enum class Phase { uninitialized, ready, open, committing, aborting, fenced };

  Phase phase() const { return phase_; }
  bool is_open() const { return phase_ == Phase::open; }
  const std::optional<Error>& failure() const { return failure_; }

  // wrong_state where the call is not legal, else the error that stands in its way: producer_fenced, or what failed.
  Result<> may_init() const;
  Result<> may_begin() const;
  Result<> may_write() const;  // send, send_offsets
  Result<> may_commit() const;
  Result<> may_abort() const;

  void initialized();
  void begun() { phase_ = Phase::open; }
  void committing() { phase_ = Phase::committing; }
  void aborting() { phase_ = Phase::aborting; }
  void ended();
  void needs_init() { phase_ = Phase::uninitialized; }  // the epoch cannot be used any more
  // Something of the open transaction could not be done. producer_fenced is for good.
  void failed(const Error& error);

 private:
  Result<> wrong(const char* call) const;

  Phase phase_ = Phase::uninitialized;
  std::optional<Error> failure_;
};

}  // namespace weir::log
