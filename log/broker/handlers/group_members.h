// A group's members: JoinGroup, SyncGroup, Heartbeat, LeaveGroup. The first two wait for the group.
#pragma once

#include "log/base/task.h"
#include "log/broker/handlers/context.h"
#include "log/wire/messages/consumer_group_heartbeat.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/leave_group.h"
#include "log/wire/messages/sync_group.h"

namespace weir::log::broker {

Task<wire::JoinGroupResponse> join_group(RequestContext context, wire::JoinGroupRequest request);
Task<wire::SyncGroupResponse> sync_group(RequestContext context, wire::SyncGroupRequest request);
wire::HeartbeatResponse heartbeat(RequestContext context, wire::HeartbeatRequest& request);
wire::LeaveGroupResponse leave_group(RequestContext context, wire::LeaveGroupRequest& request);

// All of these in one, of the new protocol (KIP-848). Waits for nobody but the log.
Task<wire::ConsumerGroupHeartbeatResponse> consumer_group_heartbeat(RequestContext context,
                                                                    wire::ConsumerGroupHeartbeatRequest request);

}  // namespace weir::log::broker
