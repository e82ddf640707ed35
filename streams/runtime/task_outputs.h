// TaskOutputs: the topics that a task writes to, each opened once, however many nodes do. Where operators make
// attempts, what is sent within one is held back until it is known to be good.
//
// One owner thread, its task's.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "streams/runtime/attempt_log.h"
#include "streams/runtime/collector.h"

namespace weir::streams {

class TaskOutputs {
 public:
  // `collector` outlives this; `own` is the task's partition.
  TaskOutputs(Collector& collector, log::PartitionIndex own) : collector_(collector), own_(own) {}

  // From here on what is sent belongs to attempts. Before the first output is opened.
  void expect_attempts() { has_attempts_ = true; }

  // A topic by its full name. unknown_topic_or_partition.
  Result<Output*> open(const std::string& topic) {
    auto& output = opened_[topic];
    if (output == nullptr) {
      WEIR_TRY_VAR(opened, collector_.output(topic, own_));
      output = has_attempts_ ? attempts_.guard(std::move(opened)) : std::move(opened);
    }
    return output.get();
  }

  void set_savepoint() { attempts_.set_savepoint(); }
  // Forgets what was sent since the last savepoint; returns how many records that were.
  std::size_t roll_back() { return attempts_.roll_back(); }
  // Behind the outermost savepoint: sends what was held back.
  Result<> release_savepoint() { return attempts_.release_savepoint(); }

 private:
  Collector& collector_;
  const log::PartitionIndex own_;
  bool has_attempts_ = false;
  AttemptLog attempts_;
  std::unordered_map<std::string, std::unique_ptr<Output>> opened_;
};

}  // namespace weir::streams
