// Waiter: a coroutine that waits for the first of several events. Whoever knows of the event calls `wake`, from any
// thread and under any lock; the coroutine goes on by its client's executor. Used once.
#pragma once

#include <atomic>
#include <coroutine>

#include "log/base/executor.h"

namespace weir {

class Waiter {
 public:
  explicit Waiter(Executor& executor) : executor_(executor) {}

  void wake() {
    if (state_.exchange(State::woken) == State::waiting) executor_.post(waiting_);
  }
  bool is_woken() const { return state_.load() == State::woken; }

  // Does not suspend if it was woken before.
  auto operator co_await() noexcept {
    struct Awaiter {
      Waiter& waiter;
      bool await_ready() const noexcept { return waiter.is_woken(); }
      bool await_suspend(std::coroutine_handle<> waiting) const noexcept {
        waiter.waiting_ = waiting;
        State expected = State::idle;
        return waiter.state_.compare_exchange_strong(expected, State::waiting);
      }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  enum class State { idle, waiting, woken };

  Executor& executor_;
  std::coroutine_handle<> waiting_;
  std::atomic<State> state_{State::idle};
};

}  // namespace weir
