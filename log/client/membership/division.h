// divide: what the leader of a generation does: the topics that its members read, among them, by the assignor that they
// agreed on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/client/assignors/assignor.h"
#include "log/client/cluster_view.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/sync_group.h"

namespace weir::log {

// How many partitions each topic of the group had when it was divided: another number calls for another rebalance.
using PartitionCounts = std::map<std::string, std::int32_t>;

// What the members said when they joined. corrupt_message and the like: one of them cannot be read.
Result<std::vector<SubscribedMember>> subscribed_members(const wire::JoinGroupResponse& joined);
std::vector<std::string> topics_of(const std::vector<SubscribedMember>& members);
// As the view knows them; 0 for a topic that does not exist.
PartitionCounts count_partitions(const ClusterView& view, const std::vector<std::string>& topics);

// For SyncGroup: one assignment a member.
Result<std::vector<wire::SyncGroupRequest::SyncGroupRequestAssignment>> divide(
    const Assignor& assignor, const std::vector<SubscribedMember>& members, const PartitionCounts& topics);

}  // namespace weir::log
