// Transaction: what a worker's tasks do between two commits. Commits lie on one grid of the clock, so that all workers'
// transactions end together and readers see them together.
//
// One owner thread, its worker's.
#pragma once

#include <cstdint>
#include <span>

#include "log/base/clock.h"
#include "streams/runtime/commit.h"

namespace weir::streams {

class Transaction {
 public:
  // Both outlive this.
  Transaction(Collector& collector, Clock& clock, Millis interval)
      : collector_(collector), clock_(clock), interval_(interval) {}

  // Before the first thing that belongs to it.
  Result<> begin();
  bool is_open() const { return is_open_; }

  // When the next commit is due, in monotonic time.
  std::int64_t due_ms() const { return due_ms_; }
  bool is_due() const { return is_wanted_ || clock_.monotonic_ms() >= due_ms_; }
  // A commit is due whatever the clock says.
  void want_commit() { is_wanted_ = true; }
  // The next one is due at the next line of the grid.
  void schedule();

  // Of the tasks with progress.
  [[nodiscard]] CommitOutcome commit(std::span<Task* const> tasks);
  // Everything since the last commit is undone; nothing if none is open. An abort that fails is told in the log.
  void abort(std::span<Task* const> tasks, int worker);
  // Its outcome is settled by a new epoch of the producer.
  void forget() { is_open_ = false; }

 private:
  Collector& collector_;
  Clock& clock_;
  const Millis interval_;
  bool is_open_ = false;
  bool is_wanted_ = false;
  std::int64_t due_ms_ = 0;
};

}  // namespace weir::streams
