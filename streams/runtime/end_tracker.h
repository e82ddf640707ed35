// EndTracker: when a bounded run is over. The ends of the external inputs are taken at the start; when all tasks of a
// stage have committed everything up to its ends, the ends of what it wrote become those of the stages below.
//
// Shared by the workers; thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "log/base/mutex.h"
#include "log/client/consumer.h"
#include "streams/runtime/plan.h"

namespace weir::streams {

class EndTracker {
 public:
  explicit EndTracker(const Plan& plan) : plan_(plan) {}

  // invalid_config if stages feed each other in a circle: such a run has no end.
  Result<> start(log::Consumer& consumer) EXCLUDES(mutex_);

  // Where the input ends, if it is known by now.
  std::optional<log::Offset> end_of(const log::TopicPartition& input) const EXCLUDES(mutex_);
  // Everything up to its inputs' ends is committed. `consumer` asks for the ends of what the stage wrote.
  Result<> task_done(const TaskId& task, log::Consumer& consumer) EXCLUDES(mutex_);
  bool is_done(const TaskId& task) const EXCLUDES(mutex_);
  bool all_done() const EXCLUDES(mutex_);

 private:
  bool is_stage_done(std::size_t stage) const REQUIRES(mutex_);
  // Ends of sources whose writers are all done.
  Result<> find_ends(log::Consumer& consumer) REQUIRES(mutex_);
  Result<> check_for_circles() const;

  const Plan& plan_;
  mutable Mutex mutex_;
  std::map<log::TopicPartition, log::Offset> ends_ GUARDED_BY(mutex_);
  std::set<TaskId> done_ GUARDED_BY(mutex_);
};

}  // namespace weir::streams
