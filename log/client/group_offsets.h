// A group's committed offsets, asked of and told to its coordinator.
#pragma once

#include <map>
#include <vector>

#include "log/client/cluster_view.h"
#include "log/client/producer.h"

namespace weir::log {

// As a member in its generation, or with generation -1 for partitions that are assigned by hand.
Task<Result<>> commit_group_offsets(Connection& connection, ClusterView& view, GroupMetadata who,
                                    std::vector<PartitionOffset> offsets);

// Partitions without a committed offset are missing. Waits out open transactions that commit one of these offsets;
// unstable_offset_commit if the connection's time is over first.
Task<Result<std::map<TopicPartition, OffsetAndMetadata>>> fetch_group_offsets(Connection& connection, ClusterView& view,
                                                                              std::string group,
                                                                              std::vector<TopicPartition> partitions);

// All that the group committed, whatever transactions are open.
Task<Result<std::map<TopicPartition, OffsetAndMetadata>>> fetch_all_group_offsets(Connection& connection,
                                                                                  ClusterView& view, std::string group);

}  // namespace weir::log
