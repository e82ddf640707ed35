// What an administrator asks the coordinators of groups. See Admin.
#pragma once

#include <map>
#include <vector>

#include "log/client/admin.h"
#include "log/client/cluster_view.h"

namespace weir::log {

// All brokers are asked: each knows the groups that it coordinates.
Task<Result<std::vector<GroupListing>>> list_groups(Connection& connection);

Task<Result<GroupDescription>> describe_group(Connection& connection, ClusterView& view, std::string group);
Task<Result<>> delete_group(Connection& connection, ClusterView& view, std::string group);
Task<Result<>> delete_group_offsets(Connection& connection, ClusterView& view, std::string group,
                                    std::vector<TopicPartition> partitions);

}  // namespace weir::log
