#include "log/base/executor.h"

namespace weir {

void Loop::post(std::coroutine_handle<> waiting) {
  // Notified under the lock: the loop's owner may be gone as soon as the waiter has run.
  std::lock_guard lock(mutex_);
  ready_.push_back(waiting);
  posted_.notify_one();
}

void Loop::resume_next() {
  std::coroutine_handle<> next;
  {
    std::unique_lock lock(mutex_);
    posted_.wait(lock, [this] { return !ready_.empty(); });
    next = ready_.front();
    ready_.pop_front();
  }
  next.resume();
}

}  // namespace weir
