// Executor: where a waiting coroutine is resumed. Loop: an executor that the thread which waits turns itself.
//
// A client (producer, consumer, admin) owns one Loop and blocks in `run`; whatever completes a call for it, on
// whichever thread, calls `post`. So user code and client code always run on the client's own thread.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "log/base/clock.h"
#include "log/base/mutex.h"
#include "log/base/task.h"

namespace weir {

class Executor {
 public:
  virtual ~Executor() = default;
  // Resumes `waiting` later, on the executor's thread. Callable from any thread, and while holding locks.
  virtual void post(std::coroutine_handle<> waiting) = 0;
};

class Loop final : public Executor {
 public:
  class Pause;

  // `on_post` is told, under locks, of what is posted: for a loop that is turned by looking only.
  explicit Loop(Clock& clock = SystemClock::instance(), std::function<void()> on_post = {})
      : clock_(clock), parker_(clock.make_parker()), on_post_(std::move(on_post)) {}

  void post(std::coroutine_handle<> waiting) override WEIR_EXCLUDES(mutex_);

  // Drives `task` to its end on the calling thread and gives its value.
  template <class T>
  T run(Task<T> task) {
    if (!task.start()) {
      while (!task.done()) (void)resume_ready();
    }
    return task.take();
  }

  // Resumes what has been posted and whose pauses are over; if that is nothing, waits for it at most `wait` (nullopt:
  // as long as it takes). False if nothing came. To end such a wait from elsewhere, post std::noop_coroutine().
  bool resume_ready(std::optional<std::chrono::nanoseconds> wait = std::nullopt) WEIR_EXCLUDES(mutex_);

  // When the first pause is over (monotonic); Parker::kNever: nobody pauses. On the loop's thread.
  std::int64_t next_due_ns() const { return pauses_.empty() ? Parker::kNever : pauses_.begin()->first; }

  // To be awaited, on the loop's thread: the coroutine goes on after this time, and the thread serves others meanwhile.
  Pause pause(Millis time);

 private:
  bool resume_posted() WEIR_EXCLUDES(mutex_);
  bool resume_rested();

  Clock& clock_;
  std::unique_ptr<Parker> parker_;
  const std::function<void()> on_post_;
  std::multimap<std::int64_t, std::coroutine_handle<>> pauses_;  // by their ends; of the loop's thread
  Mutex mutex_;
  std::deque<std::coroutine_handle<>> ready_ WEIR_GUARDED_BY(mutex_);
};

// One that is destroyed with its coroutine resumes nobody.
class [[nodiscard]] Loop::Pause {
 public:
  Pause(Loop& loop, std::int64_t end_ns) : loop_(loop), end_ns_(end_ns) {}
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() {
    if (place_) loop_.pauses_.erase(*place_);
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) { place_ = loop_.pauses_.emplace(end_ns_, waiting); }
  void await_resume() { place_.reset(); }  // the loop has taken it out

 private:
  Loop& loop_;
  const std::int64_t end_ns_;
  std::optional<std::multimap<std::int64_t, std::coroutine_handle<>>::iterator> place_;
};

inline Loop::Pause Loop::pause(Millis time) {
  return {*this, clock_.deadline_ns(time)};
}

}  // namespace weir
