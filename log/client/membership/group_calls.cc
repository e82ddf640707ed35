#include "log/client/membership/group_calls.h"

#include "log/client/cure.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/leave_group.h"

namespace weir::log {

namespace {

template <class Request>
Task<Result<typename Request::Response>> call_once(Connection& connection, ClusterView& view, Request request) {
  const std::string group = request.group_id;
  WEIR_CO_TRY_VAR(node, co_await view.coordinator(wire::CoordinatorType::group, group));
  auto response = co_await connection.call(node, std::move(request));
  if (!response || cure_of(response->error_code) == Cure::new_coordinator) {
    view.forget_coordinator(wire::CoordinatorType::group, group);
  }
  co_return response;
}

}  // namespace

Task<Result<wire::JoinGroupResponse>> join_group(Connection& connection, ClusterView& view,
                                                 wire::JoinGroupRequest request) {
  return call_once(connection, view, std::move(request));
}

Task<Result<wire::SyncGroupResponse>> sync_group(Connection& connection, ClusterView& view,
                                                 wire::SyncGroupRequest request) {
  return call_once(connection, view, std::move(request));
}

Task<Result<>> send_heartbeat(Connection& connection, ClusterView& view, GroupMetadata who) {
  wire::HeartbeatRequest request{who.group_id, who.generation, who.member_id, who.group_instance_id};
  WEIR_CO_TRY_VAR(response, co_await call_once(connection, view, std::move(request)));
  if (response.error_code != ErrorCode::none) co_return fail(response.error_code, "Heartbeat " + who.group_id);
  co_return Result<>{};
}

Task<Result<>> leave_group(Connection& connection, ClusterView& view, GroupMetadata who) {
  wire::LeaveGroupRequest request;
  request.group_id = who.group_id;
  request.members.push_back({who.member_id, who.group_instance_id, std::nullopt});
  WEIR_CO_TRY_VAR(response, co_await call_once(connection, view, std::move(request)));
  ErrorCode code = response.error_code;
  if (code == ErrorCode::none && !response.members.empty()) code = response.members.front().error_code;
  if (code != ErrorCode::none) co_return fail(code, "LeaveGroup " + who.group_id);
  co_return Result<>{};
}

}  // namespace weir::log
