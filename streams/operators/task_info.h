// TaskInfo: who a task is, and of which application: what processors may ask.
#pragma once

#include <any>
#include <cstddef>
#include <string>

#include "log/model/ids.h"

namespace weir::streams {

// "0_3": partition 3 of stage 0. Stages are numbered as `describe` does; another topology numbers them
// in another way, so nothing that is to last is named after one.
struct TaskId {
  std::size_t stage = 0;
  log::PartitionIndex partition{0};

  auto operator<=>(const TaskId&) const = default;
  std::string to_string() const { return std::to_string(stage) + "_" + std::to_string(partition.value()); }
};

struct TaskInfo {
  TaskId id;
  std::string application_id;
  std::string state_directory;  // of the application; empty: it has none, every store is in memory
  const std::any* settings;     // the user's own; outlives the task
};

}  // namespace weir::streams
