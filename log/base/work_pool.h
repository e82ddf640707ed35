// WorkPool: a fixed number of threads that do what is posted, first come first served: for functions that block, which
// must not hold up the thread that asks for them.
//
// Threads begin with the first work. Safe to use from any thread but for destruction, which waits for what is being
// done and drops what has not begun.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "log/base/condition.h"

namespace weir {

class WorkPool {
 public:
  using Work = std::function<void()>;  // throws nothing

  // Precondition: threads >= 1. They are the clock's.
  explicit WorkPool(int threads, Clock& clock = SystemClock::instance())
      : size_(static_cast<std::size_t>(threads)), clock_(clock), posted_(clock) {}
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // Where no thread is to be had, the work is done by the caller.
  void post(Work work) WEIR_EXCLUDES(mutex_);

 private:
  void start_threads() WEIR_REQUIRES(mutex_);
  void run() WEIR_EXCLUDES(mutex_);

  const std::size_t size_;
  Clock& clock_;
  Mutex mutex_;
  Condition posted_;
  std::deque<Work> waiting_ WEIR_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Thread>> threads_ WEIR_GUARDED_BY(mutex_);
  bool is_stopping_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir
