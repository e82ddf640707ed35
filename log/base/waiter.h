// Waiter: a coroutine that waits for the first of several events. Whoever knows of the event calls `wake`, from any
// thread and under any lock; the coroutine goes on by its client's executor. Used once.
//
// A coroutine that is destroyed while it waits takes its wish back: from then on nothing is posted, and the executor
// may go. What was posted before must not be resumed: destroy waiting coroutines only when their executor turns no
// more.
#pragma once

#include <coroutine>

#include "log/base/executor.h"
#include "log/base/mutex.h"

namespace weir {

class Waiter {
 public:
  explicit Waiter(Executor& executor) : executor_(executor) {}

  void wake() WEIR_EXCLUDES(mutex_) {
    // Posted under the lock: behind `take_back` the executor may be gone.
    MutexLock lock(mutex_);
    if (state_ == State::waiting) executor_.post(waiting_);
    state_ = State::woken;
  }
  bool is_woken() const WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return state_ == State::woken;
  }

  // Does not suspend if it was woken before.
  auto operator co_await() noexcept { return Awaiter(*this); }

 private:
  enum class State { idle, waiting, woken };

  class Awaiter {
   public:
    explicit Awaiter(Waiter& waiter) : waiter_(waiter) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { waiter_.take_back(); }

    bool await_ready() const noexcept { return waiter_.is_woken(); }
    bool await_suspend(std::coroutine_handle<> waiting) const noexcept { return waiter_.wait(waiting); }
    void await_resume() const noexcept {}

   private:
    Waiter& waiter_;
  };

  bool wait(std::coroutine_handle<> waiting) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (state_ == State::woken) return false;
    waiting_ = waiting;
    state_ = State::waiting;
    return true;
  }
  void take_back() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    state_ = State::woken;
  }

  Executor& executor_;
  mutable Mutex mutex_;
  std::coroutine_handle<> waiting_ WEIR_GUARDED_BY(mutex_);
  State state_ WEIR_GUARDED_BY(mutex_) = State::idle;
};

}  // namespace weir
