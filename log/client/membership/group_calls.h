// The requests of a group's member to its coordinator, each tried once: whoever calls knows what an error means for it.
// An error that says that the coordinator is elsewhere makes the view look it up again the next time.
#pragma once

#include "log/client/cluster_view.h"
#include "log/client/producer.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/sync_group.h"

namespace weir::log {

// These two give the answer with its error code; an error only if there is none.
Task<Result<wire::JoinGroupResponse>> join_group(Connection& connection, ClusterView& view,
                                                 wire::JoinGroupRequest request);
Task<Result<wire::SyncGroupResponse>> sync_group(Connection& connection, ClusterView& view,
                                                 wire::SyncGroupRequest request);

Task<Result<>> send_heartbeat(Connection& connection, ClusterView& view, GroupMetadata who);
// By its id or, if it does not know that, its instance id.
Task<Result<>> leave_group(Connection& connection, ClusterView& view, GroupMetadata who);

}  // namespace weir::log
