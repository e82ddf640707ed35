// EndTracker: when a bounded run is over. The ends of the external inputs are taken at the start; when everything that
// may become a record of an internal topic is committed, its end is known, too.
//
// What feeds a topic are the inputs from which edges lead to a sink that writes it: stages may feed each other both
// ways, as those of a foreign-key join do, if their records do not. A run that closes windows at the end does so when
// all inputs of a task are at their ends, so there whole stages feed a topic.
//
// Times meet as they would have: a task with several inputs waits for what stages above it may still give, as long as
// those do not wait for its own.
//
// Shared by the workers; thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "log/base/mutex.h"
#include "log/base/strong.h"
#include "log/client/consumer.h"
#include "streams/runtime/plan.h"

namespace weir::streams {

WEIR_FLAG(ClosesWindows);

class EndTracker {
 public:
  EndTracker(const Plan& plan, ClosesWindows closes_windows);

  // invalid_config if records go in a circle: such a run has no end. `known`: ends of inputs that were taken before.
  Result<> start(log::Consumer& consumer, const std::map<log::TopicPartition, log::Offset>& known = {})
      WEIR_EXCLUDES(mutex_);
  // Of the inputs from outside, as of the start.
  std::map<log::TopicPartition, log::Offset> outer_ends() const WEIR_EXCLUDES(mutex_);

  // Where the input ends, if it is known by now.
  std::optional<log::Offset> end_of(const log::TopicPartition& input) const WEIR_EXCLUDES(mutex_);
  // Whether more may come of it than is there by now, and comes whatever becomes of the inputs beside it.
  bool is_awaited(const log::TopicPartition& input) const WEIR_EXCLUDES(mutex_);
  // What comes of these inputs is committed up to their ends. `consumer` asks for the ends of what they wrote.
  Result<> done(std::span<const log::TopicPartition> inputs, log::Consumer& consumer) WEIR_EXCLUDES(mutex_);
  bool is_done(const log::TopicPartition& input) const WEIR_EXCLUDES(mutex_);
  // Whose ends are known, and that are not done.
  std::map<log::TopicPartition, log::Offset> open_inputs() const WEIR_EXCLUDES(mutex_);
  bool all_done() const WEIR_EXCLUDES(mutex_);

 private:
  bool is_topic_done(const std::string& topic) const WEIR_REQUIRES(mutex_);
  Result<> find_ends(log::Consumer& consumer) WEIR_REQUIRES(mutex_);
  Result<> check_for_circles() const;
  void find_awaited();

  const Plan& plan_;
  std::map<std::string, std::set<std::string>> feeders_;  // of topics that the topology writes and reads
  std::set<std::string> topics_;                          // that are inputs
  std::set<std::string>
      awaited_;  // of those that stages write, the ones to which the stage that reads them gives nothing
  mutable Mutex mutex_;
  std::map<log::TopicPartition, log::Offset> ends_ WEIR_GUARDED_BY(mutex_);
  std::set<log::TopicPartition> done_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::streams
