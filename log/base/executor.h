// Executor: where a waiting coroutine is resumed. Loop: an executor that the thread which waits turns itself.
//
// A client (producer, consumer, admin) owns one Loop and blocks in `run`; whatever completes a call for it, on
// whichever thread, calls `post`. So user code and client code always run on the client's own thread.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <mutex>

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
      while (!task.done()) resume_next();
    }
    return task.take();
  }

 private:
  void resume_next();  // blocks until something was posted

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::coroutine_handle<>> ready_;
};

}  // namespace weir
