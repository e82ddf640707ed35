// look_up_offsets: first, last and by-time offsets of partitions, asked of their leaders; again where leaders moved.
#pragma once

#include <map>

#include "log/client/cluster_view.h"
#include "log/model/isolation.h"

namespace weir::log {

inline constexpr std::int64_t kLatestOffset = -1;  // instead of a timestamp
inline constexpr std::int64_t kEarliestOffset = -2;

// Partitions where no record is as late as the timestamp are missing in the answer.
Task<Result<std::map<TopicPartition, Offset>>> look_up_offsets(Connection& connection, ClusterView& view,
                                                               std::map<TopicPartition, std::int64_t> wanted,
                                                               Isolation isolation);

}  // namespace weir::log
