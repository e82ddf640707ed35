#include "log/broker/handlers/group_members.h"

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

// The versions in which an answer may have no protocol's name, and a request may hold several members.
constexpr std::int16_t kNullProtocol = 7;
constexpr std::int16_t kSeveralMembers = 3;

GroupService::Caller caller_of(const RequestContext& context) {
  return {context.executor, std::string(context.client_id), std::string(context.client_host), context.version};
}

}  // namespace

Task<wire::JoinGroupResponse> join_group(RequestContext context, wire::JoinGroupRequest request) {
  auto response = co_await context.broker.coordinators().groups().join(std::move(request), caller_of(context));
  const bool failed = response.error_code != ErrorCode::none;
  if (failed && context.version >= kNullProtocol) response.protocol_name.reset();
  co_return response;
}

Task<wire::SyncGroupResponse> sync_group(RequestContext context, wire::SyncGroupRequest request) {
  co_return co_await context.broker.coordinators().groups().sync(std::move(request), caller_of(context));
}

wire::HeartbeatResponse heartbeat(RequestContext context, wire::HeartbeatRequest& request) {
  const MemberIdentity who{std::move(request.group_id), request.generation_id, std::move(request.member_id),
                           std::move(request.group_instance_id)};
  wire::HeartbeatResponse response;
  response.error_code = wire_code(context.broker.coordinators().groups().heartbeat(who));
  return response;
}

wire::LeaveGroupResponse leave_group(RequestContext context, wire::LeaveGroupRequest& request) {
  GroupService& groups = context.broker.coordinators().groups();
  wire::LeaveGroupResponse response;
  if (context.version < kSeveralMembers) {
    response.error_code = wire_code(groups.leave(request.group_id, request.member_id, std::nullopt));
    return response;
  }
  for (auto& member : request.members) {
    auto left = groups.leave(request.group_id, member.member_id, member.group_instance_id);
    response.members.push_back({std::move(member.member_id), std::move(member.group_instance_id), wire_code(left)});
  }
  return response;
}

Task<wire::ConsumerGroupHeartbeatResponse> consumer_group_heartbeat(RequestContext context,
                                                                    wire::ConsumerGroupHeartbeatRequest request) {
  co_return co_await context.broker.coordinators().groups().consumer_heartbeat(std::move(request), caller_of(context));
}

}  // namespace weir::log::broker
