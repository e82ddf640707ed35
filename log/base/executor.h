// Executor: where a waiting coroutine is resumed. Loop: an executor that the thread which waits turns itself.
//
// A client (producer, consumer, admin) owns one Loop and blocks in `run`; whatever completes a call for it, on
// whichever thread, calls `post`. So user code and client code always run on the client's own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

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
  void post(std::coroutine_handle<> waiting) override;

  // Drives `task` to its end on the calling thread and gives its value.
  template <class T>
  T run(Task<T> task) {
    if (!task.start()) {
      while (!task.done()) (void)resume_ready();
    }
    return task.take();
  }

  // Resumes what has been posted; if that is nothing, waits for it at most `wait` (nullopt: as long as it takes).
  // False if nothing came. To end such a wait from elsewhere, post std::noop_coroutine().
  bool resume_ready(std::optional<std::chrono::nanoseconds> wait = std::nullopt);

 private:
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::coroutine_handle<>> ready_;
};

}  // namespace weir
