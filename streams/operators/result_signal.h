// ResultSignal: tells the thread of a task that results of its asynchronous operators have come. The thread waits here
// while it has nothing else to do, or, where it waits for records, is woken by `wake`.
//
// `notify` from any thread, also when the thread that waited is gone; `wait` and `detach` from that thread.
#pragma once

#include <functional>
#include <utility>

#include "log/base/condition.h"

namespace weir::streams {

class ResultSignal {
 public:
  explicit ResultSignal(std::function<void()> wake = {}, Clock& clock = SystemClock::instance())
      : clock_(clock), came_(clock), wake_(std::move(wake)) {}

  void notify() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    has_come_ = true;
    came_.notify_all();
    if (wake_) wake_();  // under the lock, so that `detach` waits for it
  }

  // Until `notify` was called since the last wait. False: it was not, in all this time.
  bool wait(Millis at_most) WEIR_EXCLUDES(mutex_) {
    const std::int64_t deadline_ns = clock_.deadline_ns(at_most);
    MutexLock lock(mutex_);
    while (!has_come_ && came_.wait_until(mutex_, deadline_ns)) continue;
    return std::exchange(has_come_, false);
  }

  // What `wake` calls may be destroyed from now on.
  void detach() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    wake_ = nullptr;
  }

 private:
  Clock& clock_;
  Mutex mutex_;
  Condition came_;
  bool has_come_ WEIR_GUARDED_BY(mutex_) = false;
  std::function<void()> wake_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::streams
