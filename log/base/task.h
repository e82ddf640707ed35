// Task<T>: a lazy coroutine with one awaiter. It starts when it is awaited and resumes its awaiter directly.
//
// Used per request or batch, never per record. Parameters of a coroutine are taken by value; a lambda that captures is
// never a coroutine. A call that can be answered at once completes without leaving the caller's thread; one that must
// wait is completed by posting to the Executor of whoever called (see executor.h), never by resuming inline.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "log/base/assert.h"

namespace weir {

template <class T>
class [[nodiscard]] Task;

namespace task_detail {

struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
    auto awaiter = finished.promise().awaiter;
    return awaiter ? awaiter : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> awaiter;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  // Layers hand errors over as values; an exception that gets here is our own mistake.
  void unhandled_exception() noexcept { std::terminate(); }
};

}  // namespace task_detail

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type : task_detail::PromiseBase {
    std::optional<T> value;

    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    template <class U>
    void return_value(U&& result) {
      value.emplace(std::forward<U>(result));
    }
  };

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      frame_ = std::exchange(other.frame_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  auto operator co_await() && noexcept {
    struct Awaiter {
      std::coroutine_handle<promise_type> frame;
      bool await_ready() const noexcept { return frame.done(); }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) const noexcept {
        frame.promise().awaiter = awaiter;
        return frame;
      }
      T await_resume() const { return std::move(*frame.promise().value); }
    };
    return Awaiter{frame_};
  }

  // Runs to the first suspension; for whoever drives a task by hand (Executor::run). True if it is complete.
  bool start() {
    frame_.resume();
    return frame_.done();
  }
  bool done() const { return frame_.done(); }
  T take() {
    WEIR_ASSERT(frame_.done());
    return std::move(*frame_.promise().value);
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  void destroy() {
    if (frame_) frame_.destroy();
  }

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace weir
