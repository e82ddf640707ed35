// Fate: what became of a record that a decision gave; whoever asked waits for it. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "log/base/mutex.h"
#include "log/base/result.h"
#include "log/base/task.h"
#include "log/base/waiter.h"
#include "log/model/ids.h"

namespace weir::log::broker {

class Fate {
 public:
  std::optional<Result<Offset>> known() const WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return known_;
  }
  // False if it is known.
  bool wait(std::shared_ptr<Waiter> waiter) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (known_) return false;
    waiting_.push_back(std::move(waiter));
    return true;
  }
  // Once. May be called under any lock.
  void tell(Result<Offset> outcome) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    known_ = std::move(outcome);
    for (const auto& waiter : waiting_) waiter->wake();
    waiting_.clear();
  }

 private:
  mutable Mutex mutex_;
  std::optional<Result<Offset>> known_ WEIR_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Waiter>> waiting_ WEIR_GUARDED_BY(mutex_);  // shared: with those who wait
};

// A change that was asked for: what became of it, or how that is learned.
struct Written {
  std::optional<Result<Offset>> known{};  // where its first record stands; -1: there was nothing to write
  std::shared_ptr<Fate> fate{};           // shared: with the log; if it is not known
};

Task<Result<Offset>> settled(Written written, Executor& executor);

}  // namespace weir::log::broker
