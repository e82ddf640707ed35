#include "log/base/executor.h"

#include <algorithm>

namespace weir {

void Loop::post(std::coroutine_handle<> waiting) {
  // Under the lock to the end: the loop's owner may be gone as soon as the waiter has run.
  MutexLock lock(mutex_);
  ready_.push_back(waiting);
  parker_->unpark();
  if (on_post_) on_post_();
}

bool Loop::resume_ready(std::optional<std::chrono::nanoseconds> wait) {
  const bool looks_only = wait && wait->count() <= 0;
  const std::int64_t end_ns =
      !wait || looks_only ? Parker::kNever : saturated_sum(clock_.monotonic_ns(), wait->count());
  for (;;) {
    const bool has_resumed = resume_posted();
    if (resume_rested() || has_resumed) return true;
    if (looks_only || (wait && clock_.monotonic_ns() >= end_ns)) return false;
    (void)parker_->park(pauses_.empty() ? end_ns : std::min(end_ns, pauses_.begin()->first));
  }
}

// Those that are there now: what they post in their turn waits for the next time.
bool Loop::resume_posted() {
  std::size_t left = 0;
  for (bool is_first = true;; is_first = false) {
    std::coroutine_handle<> next;
    {
      MutexLock lock(mutex_);
      if (is_first) left = ready_.size();
      if (left == 0) return !is_first;
      next = ready_.front();
      ready_.pop_front();
    }
    --left;
    next.resume();
  }
}

bool Loop::resume_rested() {
  if (pauses_.empty()) return false;
  const std::int64_t now_ns = clock_.monotonic_ns();
  bool has_resumed = false;
  while (!pauses_.empty() && pauses_.begin()->first <= now_ns) {
    const auto next = pauses_.begin()->second;
    pauses_.erase(pauses_.begin());
    next.resume();
    has_resumed = true;
  }
  return has_resumed;
}

}  // namespace weir
