// Jobs: what a broker does from time to time and that may wait for the disk: one after another on a pool, so that the
// thread that turns the timers only begins them. Without a pool whoever posts one does it.
//
// Thread-safe. The pool ends before this does; what it had not begun is dropped.
#pragma once

#include <deque>
#include <functional>

#include "log/base/executor.h"
#include "log/base/mutex.h"
#include "log/base/work_pool.h"

namespace weir::log::broker {

class Jobs {
 public:
  explicit Jobs(WorkPool* pool) : pool_(pool) {}

  void post(std::function<void()> job) WEIR_EXCLUDES(mutex_);

 private:
  void run() WEIR_EXCLUDES(mutex_);

  WorkPool* pool_;
  Mutex mutex_;
  std::deque<std::function<void()>> waiting_ WEIR_GUARDED_BY(mutex_);
  bool is_running_ WEIR_GUARDED_BY(mutex_) = false;
};

// Resumes coroutines as jobs.
class JobsExecutor final : public Executor {
 public:
  explicit JobsExecutor(Jobs& jobs) : jobs_(jobs) {}
  void post(std::coroutine_handle<> waiting) override {
    jobs_.post([waiting] { waiting.resume(); });
  }

 private:
  Jobs& jobs_;
};

}  // namespace weir::log::broker
