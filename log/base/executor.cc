#include "log/base/executor.h"

namespace weir {

void Loop::post(std::coroutine_handle<> waiting) {
  // Notified under the lock: the loop's owner may be gone as soon as the waiter has run.
  std::lock_guard lock(mutex_);
  ready_.push_back(waiting);
  posted_.notify_one();
}

bool Loop::resume_ready(std::optional<std::chrono::nanoseconds> wait) {
  std::unique_lock lock(mutex_);
  auto has_ready = [this] {
    return !ready_.empty();
  };
  if (!wait) {
    posted_.wait(lock, has_ready);
  } else if (!posted_.wait_for(lock, *wait, has_ready)) {
    return false;
  }
  for (std::size_t left = ready_.size(); left > 0; --left) {
    auto next = ready_.front();
    ready_.pop_front();
    lock.unlock();
    next.resume();
    lock.lock();
  }
  return true;
}

}  // namespace weir
