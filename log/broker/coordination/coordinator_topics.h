// The two topics in which coordinators keep their state.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/broker/partitions/topics.h"

namespace weir::log::broker {

inline constexpr const char* kOffsetsTopic = "__consumer_offsets";
inline constexpr const char* kTransactionsTopic = "__transaction_state";

// Topics that are the log's own: nobody else may write, create or delete them.
bool is_coordinator_topic(std::string_view topic);

// The partitions of a coordinators' topic; none if it is not there.
std::vector<std::shared_ptr<Partition>> find_coordinator_topic(const Topics& topics, const std::string& name);
// The same after making it, if need be. Blocks.
Result<std::vector<std::shared_ptr<Partition>>> make_coordinator_topic(Topics& topics, const std::string& name,
                                                                       std::int32_t partitions);

}  // namespace weir::log::broker
