// A group's committed offsets, asked of and told to its coordinator, for partitions that are assigned by hand.
#pragma once

#include <map>
#include <vector>

#include "log/client/cluster_view.h"
#include "log/client/producer.h"

namespace weir::log {

Task<Result<>> commit_group_offsets(Connection& connection, ClusterView& view, std::string group,
                                    std::vector<PartitionOffset> offsets);

// Partitions without a committed offset are missing. Waits out open transactions that commit one of these offsets;
// unstable_offset_commit if the connection's time is over first.
Task<Result<std::map<TopicPartition, OffsetAndMetadata>>> fetch_group_offsets(Connection& connection, ClusterView& view,
                                                                              std::string group,
                                                                              std::vector<TopicPartition> partitions);

}  // namespace weir::log
