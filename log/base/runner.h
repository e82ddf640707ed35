// Runner: the thread for background work. Each piece of work is a step that does what is due, says when it wants to be
// asked again, and waits for nothing that another one's step has to do: what may take long goes to a WorkPool.
//
// The thread starts with the first work. Thread-safe; what owns the work removes it before it goes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/condition.h"

namespace weir {

class Runner {
 public:
  static constexpr std::int64_t kNever = Parker::kNever;

  class Work {
   public:
    virtual ~Work() = default;
    // Does what is due now, and says when something will be (monotonic): it is asked again then, or earlier.
    virtual std::int64_t step(std::int64_t now_ns) = 0;
  };

  Runner(Clock& clock, std::string name)
      : clock_(clock), name_(std::move(name)), parker_(clock.make_parker()), stepped_(clock) {}
  ~Runner();  // waits for the step that is under way
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  Result<> add(Work& work) WEIR_EXCLUDES(mutex_);  // io_error: there is no thread
  // Afterwards the work is asked no more, and no step of it is under way. Not from within a step.
  void remove(Work& work) WEIR_EXCLUDES(mutex_);
  // Something is due earlier than its work said. Also under locks.
  void look() { parker_->unpark(); }

 private:
  void run() WEIR_EXCLUDES(mutex_);
  std::int64_t step_all() WEIR_EXCLUDES(mutex_);
  Work* next() WEIR_EXCLUDES(mutex_);

  Clock& clock_;
  const std::string name_;
  std::unique_ptr<Parker> parker_;
  Mutex mutex_;
  Condition stepped_;
  std::vector<Work*> all_ WEIR_GUARDED_BY(mutex_);
  std::size_t next_ WEIR_GUARDED_BY(mutex_) = 0;     // in `all_`: who comes next in this round
  Work* current_ WEIR_GUARDED_BY(mutex_) = nullptr;  // whose step is under way
  bool is_stopped_ WEIR_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Thread> thread_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir
