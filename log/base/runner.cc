#include "log/base/runner.h"

#include <algorithm>

namespace weir {

Runner::~Runner() {
  std::unique_ptr<Thread> thread;
  {
    MutexLock lock(mutex_);
    is_stopped_ = true;
    thread = std::move(thread_);
  }
  look();
}

Result<> Runner::add(Work& work) {
  {
    MutexLock lock(mutex_);
    if (thread_ == nullptr) {
      WEIR_TRY_VAR(started, clock_.start_thread(name_, [this] { run(); }));
      thread_ = std::move(started);
    }
    all_.push_back(&work);
  }
  look();
  return {};
}

void Runner::remove(Work& work) {
  MutexLock lock(mutex_);
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i] != &work) continue;
    all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(i));
    if (i < next_) --next_;
    break;
  }
  while (current_ == &work) stepped_.wait(mutex_);
}

void Runner::run() {
  for (;;) {
    const std::int64_t next_ns = step_all();
    {
      MutexLock lock(mutex_);
      if (is_stopped_) return;
    }
    (void)parker_->park(next_ns);
  }
}

std::int64_t Runner::step_all() {
  std::int64_t next_ns = kNever;
  while (Work* work = next()) next_ns = std::min(next_ns, work->step(clock_.monotonic_ns()));
  return next_ns;
}

// Nobody at the end of a round, and when it is over.
Runner::Work* Runner::next() {
  MutexLock lock(mutex_);
  stepped_.notify_all();
  const bool is_over = is_stopped_ || next_ == all_.size();
  current_ = is_over ? nullptr : all_[next_];
  next_ = is_over ? 0 : next_ + 1;
  return current_;
}

}  // namespace weir
