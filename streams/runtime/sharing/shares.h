// Shares: which tasks an instance is to run, on which of its threads, and which of these they have. A thread gives up
// what it is to run no more and takes what nobody has, each at a commit's boundary of its own; so no task is in two
// hands, also where it goes from one thread to another.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "log/base/condition.h"
#include "streams/operators/task_info.h"

namespace weir::streams {

class Shares {
 public:
  explicit Shares(Clock& clock) : changed_(clock) {}

  // --- the instance
  // So many threads are there from now on, and have nothing. `wake` is called without a lock whenever one of them may
  // have something to do.
  void begin(std::size_t threads, std::function<void()> wake) WEIR_EXCLUDES(mutex_);
  // They are gone, and with them what they had.
  void end() WEIR_EXCLUDES(mutex_);
  // These are to be run, and no others.
  void want(const std::vector<TaskId>& tasks) WEIR_EXCLUDES(mutex_);
  // Waits until no thread has what it is not to run. False at the deadline (monotonic).
  bool wait_until_given_up(std::int64_t deadline_ns) WEIR_EXCLUDES(mutex_);
  // Waits until no thread has anything.
  bool wait_until_ended(std::int64_t deadline_ns) WEIR_EXCLUDES(mutex_);

  // --- a thread
  // Another number: something may be different.
  std::uint64_t version() const { return version_; }
  struct Change {
    std::vector<TaskId> to_give_up;
    std::vector<TaskId> to_take;
  };
  Change change_of(std::size_t thread) const WEIR_EXCLUDES(mutex_);
  void taken(std::size_t thread, const std::vector<TaskId>& tasks) WEIR_EXCLUDES(mutex_);
  void given_up(const std::vector<TaskId>& tasks) WEIR_EXCLUDES(mutex_);

  std::size_t wanted() const WEIR_EXCLUDES(mutex_);
  bool is_wanted(const TaskId& task) const WEIR_EXCLUDES(mutex_);

 private:
  void tell() WEIR_EXCLUDES(mutex_);
  bool is_one_left_over() const WEIR_REQUIRES(mutex_);

  mutable Mutex mutex_;
  Condition changed_ WEIR_GUARDED_BY(mutex_);
  std::size_t threads_ WEIR_GUARDED_BY(mutex_) = 0;
  std::function<void()> wake_ WEIR_GUARDED_BY(mutex_);
  std::map<TaskId, std::size_t> wanted_ WEIR_GUARDED_BY(mutex_);  // by which thread
  std::map<TaskId, std::size_t> held_ WEIR_GUARDED_BY(mutex_);    // by which thread
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace weir::streams
