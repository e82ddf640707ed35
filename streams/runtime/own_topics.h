// plan_with_topics: the plan of a topology over the topics of a log; the topics that the application makes for itself
// are there when it returns.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "log/client/admin.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/plan.h"

namespace weir::streams {

// The topics of a log that a pattern may match, with their partitions: all but those that the log keeps for itself.
std::map<std::string, std::int32_t> partitions_of_users(const std::vector<log::TopicDescription>& topics);

// unknown_topic_or_partition names every topic that must exist and does not; invalid_config for one of the
// application's own that is there with another number of partitions.
Result<Plan> plan_with_topics(const Topology& topology, const std::string& application_id, log::Admin& admin,
                              MissingTopics missing = MissingTopics::are_an_error);

}  // namespace weir::streams
