// TopicLookup: what a plan asks a log about its topics.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "log/base/result.h"

namespace weir::streams {

struct TopicLookup {
  // Of a topic that must exist: unknown_topic_or_partition.
  std::function<Result<std::int32_t>(const std::string& topic)> partitions_of;
  // All topics that a pattern may match, with their partitions; not asked without a pattern. Not set: there are none.
  std::function<Result<std::map<std::string, std::int32_t>>()> all = {};
  // Of one of the application's own, as an earlier run made it; nothing: it is to be made. Not set: there are none.
  std::function<Result<std::optional<std::int32_t>>(const std::string& topic)> own = {};
  // Stages that read a pattern have at least so many tasks, for topics that come later.
  std::int32_t least_tasks_of_patterns = 0;
};

}  // namespace weir::streams
