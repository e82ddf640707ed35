#include "log/broker/broker.h"
#include "log/broker/handlers/permission_looks.h"
#include "log/wire/messages/consumer_group_describe.h"
#include "log/wire/messages/consumer_group_heartbeat.h"
#include "log/wire/messages/delete_groups.h"
#include "log/wire/messages/describe_groups.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/leave_group.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_delete.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/sync_group.h"

namespace weir::log::broker::permission {

namespace {

constexpr auto kGroupDenied = ErrorCode::group_authorization_failed;
constexpr auto kTopicOfGroupDenied = ErrorCode::topic_authorization_failed;

// A member's own requests: one group, one error.
template <class Request>
Verdict look_of_member(const RequestContext&, Asked may, Request& request, typename Request::Response& response) {
  if (may.group(Operation::read, request.group_id)) return allowed();
  response.error_code = kGroupDenied;
  return refused();
}

Verdict look(const RequestContext& context, Asked may, wire::JoinGroupRequest& request,
             wire::JoinGroupResponse& response) {
  constexpr std::int16_t kNullProtocol = 7;
  const auto verdict = look_of_member(context, may, request, response);
  if (verdict.is_refused && context.version >= kNullProtocol) response.protocol_name.reset();
  return verdict;
}

// A member of the new protocol names topics, and is told of none that it may not describe.
Verdict look(const RequestContext& context, Asked may, wire::ConsumerGroupHeartbeatRequest& request,
             wire::ConsumerGroupHeartbeatResponse& response) {
  auto verdict = look_of_member(context, may, request, response);
  if (verdict.is_refused || !request.subscribed_topic_names) return verdict;
  const bool may_all = std::ranges::all_of(
      *request.subscribed_topic_names, [&](const std::string& topic) { return may.topic(Operation::describe, topic); });
  if (may_all) return allowed();
  response.error_code = kTopicOfGroupDenied;
  return refused();
}

// Offsets ---------------------------------------------------------------------------------------------------------

template <class Topic>
void deny_partitions(const Topic& topic, auto& answer, ErrorCode code) {
  answer.name = topic.name;
  for (const auto& partition : topic.partitions) {
    auto& told = answer.partitions.emplace_back();
    told.partition_index = partition.partition_index;
    told.error_code = code;
  }
}

Verdict look(const RequestContext&, Asked may, wire::OffsetCommitRequest& request,
             wire::OffsetCommitResponse& response) {
  if (!may.group(Operation::read, request.group_id)) {
    for (const auto& topic : request.topics) deny_partitions(topic, response.topics.emplace_back(), kGroupDenied);
    return refused();
  }
  auto denied = take_denied(request.topics, [&](const auto& topic) { return may.topic(Operation::read, topic.name); });
  if (denied.empty()) return allowed();
  return then<wire::OffsetCommitResponse>([denied = std::move(denied)](wire::OffsetCommitResponse& told) {
    for (const auto& topic : denied) deny_partitions(topic, told.topics.emplace_back(), kTopicOfGroupDenied);
  });
}

Verdict look(const RequestContext&, Asked may, wire::OffsetDeleteRequest& request,
             wire::OffsetDeleteResponse& response) {
  if (!may.group(Operation::remove, request.group_id)) {
    response.error_code = kGroupDenied;
    return refused();
  }
  auto denied = take_denied(request.topics, [&](const auto& topic) { return may.topic(Operation::read, topic.name); });
  if (denied.empty()) return allowed();
  return then<wire::OffsetDeleteResponse>([denied = std::move(denied)](wire::OffsetDeleteResponse& told) {
    if (told.error_code != ErrorCode::none) return;
    for (const auto& topic : denied) deny_partitions(topic, told.topics.emplace_back(), kTopicOfGroupDenied);
  });
}

template <class Topic>
void deny_offsets(const std::vector<Topic>& denied, auto& answers) {
  for (const auto& topic : denied) {
    auto& answer = answers.emplace_back();
    answer.name = topic.name;
    for (const auto index : topic.partition_indexes) {
      auto& told = answer.partitions.emplace_back();
      told.partition_index = index;
      told.committed_offset = kNoOffset;
      told.metadata = "";
      told.error_code = kTopicOfGroupDenied;
    }
  }
}

// Who asks for all topics is told of those that it may describe.
void leave_out(Asked may, auto& answers) {
  std::erase_if(answers, [&](const auto& topic) { return !may.topic(Operation::describe, topic.name); });
}

Verdict look_of_one_group(const RequestContext& context, Asked may, wire::OffsetFetchRequest& request,
                          wire::OffsetFetchResponse& response) {
  constexpr std::int16_t kHasError = 2;
  if (!may.group(Operation::describe, request.group_id)) {
    if (context.version >= kHasError) response.error_code = kGroupDenied;
    if (request.topics && context.version < kHasError) {
      deny_offsets(*request.topics, response.topics);
      for (auto& topic : response.topics) {
        for (auto& partition : topic.partitions) partition.error_code = kGroupDenied;
      }
    }
    return refused();
  }
  using Topic = wire::OffsetFetchRequest::OffsetFetchRequestTopic;
  const bool wants_all = !request.topics;
  auto denied = wants_all ? std::vector<Topic>() : take_denied(*request.topics, [&](const Topic& topic) {
    return may.topic(Operation::describe, topic.name);
  });
  return then<wire::OffsetFetchResponse>([=, denied = std::move(denied)](wire::OffsetFetchResponse& told) {
    if (wants_all) leave_out(may, told.topics);
    if (told.error_code == ErrorCode::none) deny_offsets(denied, told.topics);
  });
}

Verdict look(const RequestContext& context, Asked may, wire::OffsetFetchRequest& request,
             wire::OffsetFetchResponse& response) {
  constexpr std::int16_t kSeveralGroups = 8;
  if (context.version < kSeveralGroups) return look_of_one_group(context, may, request, response);
  using Group = wire::OffsetFetchRequest::OffsetFetchRequestGroup;
  using Topic = wire::OffsetFetchRequest::OffsetFetchRequestTopics;
  auto refused_groups =
      take_denied(request.groups, [&](const Group& group) { return may.group(Operation::describe, group.group_id); });
  struct Part {
    bool wants_all;
    std::vector<Topic> denied;
  };
  std::vector<Part> parts;  // one a group that is left
  for (auto& group : request.groups) {
    Part part{!group.topics, {}};
    if (group.topics) {
      part.denied =
          take_denied(*group.topics, [&](const Topic& topic) { return may.topic(Operation::describe, topic.name); });
    }
    parts.push_back(std::move(part));
  }
  return then<wire::OffsetFetchResponse>(
      [may, parts = std::move(parts), refused_groups = std::move(refused_groups)](wire::OffsetFetchResponse& told) {
        for (std::size_t i = 0; i < std::min(parts.size(), told.groups.size()); ++i) {
          if (parts[i].wants_all) leave_out(may, told.groups[i].topics);
          if (told.groups[i].error_code == ErrorCode::none) deny_offsets(parts[i].denied, told.groups[i].topics);
        }
        for (const auto& group : refused_groups) {
          auto& answer = told.groups.emplace_back();
          answer.group_id = group.group_id;
          answer.error_code = kGroupDenied;
        }
      });
}

// Who there is ----------------------------------------------------------------------------------------------------

Verdict look(const RequestContext& context, Asked may, wire::FindCoordinatorRequest& request,
             wire::FindCoordinatorResponse& response) {
  constexpr std::int16_t kSeveralKeys = 4;
  const bool is_group = request.key_type == wire::CoordinatorType::group;
  const auto code = is_group ? kGroupDenied : ErrorCode::transactional_id_authorization_failed;
  const auto may_find = [&](const std::string& key) {
    return is_group ? may.group(Operation::describe, key) : may.transaction(Operation::describe, key);
  };
  if (context.version < kSeveralKeys) {
    if (may_find(request.key)) return allowed();
    response.error_code = code;
    response.error_message.reset();
    response.node_id = NodeId(-1);
    response.port = -1;
    return refused();
  }
  auto denied = take_denied(request.coordinator_keys, may_find);
  if (denied.empty()) return allowed();
  return then<wire::FindCoordinatorResponse>([denied = std::move(denied), code](wire::FindCoordinatorResponse& told) {
    for (const auto& key : denied) {
      auto& answer = told.coordinators.emplace_back();
      answer.key = key;
      answer.node_id = NodeId(-1);
      answer.port = -1;
      answer.error_code = code;
      answer.error_message.reset();
    }
  });
}

template <class Request, auto kNames>
Verdict look_at_descriptions(Asked may, Request& request) {
  auto denied =
      take_denied(request.*kNames, [&](const std::string& group) { return may.group(Operation::describe, group); });
  const bool tells = request.include_authorized_operations;
  if (denied.empty() && !tells) return allowed();
  using Response = typename Request::Response;
  return then<Response>([may, tells, denied = std::move(denied)](Response& response) {
    for (auto& group : response.groups) {
      if (tells && group.error_code == ErrorCode::none) {
        group.authorized_operations = may.operations_on(Resource::group, group.group_id);
      }
    }
    for (const auto& id : denied) {
      auto& group = response.groups.emplace_back();
      group.group_id = id;
      group.error_code = kGroupDenied;
    }
  });
}

Verdict look(const RequestContext&, Asked may, wire::DescribeGroupsRequest& request, wire::DescribeGroupsResponse&) {
  return look_at_descriptions<wire::DescribeGroupsRequest, &wire::DescribeGroupsRequest::groups>(may, request);
}

Verdict look(const RequestContext&, Asked may, wire::ConsumerGroupDescribeRequest& request,
             wire::ConsumerGroupDescribeResponse&) {
  return look_at_descriptions<wire::ConsumerGroupDescribeRequest, &wire::ConsumerGroupDescribeRequest::group_ids>(
      may, request);
}

Verdict look(const RequestContext&, Asked may, wire::ListGroupsRequest&, wire::ListGroupsResponse&) {
  if (may.cluster(Operation::describe)) return allowed();
  return then<wire::ListGroupsResponse>([may](wire::ListGroupsResponse& response) {
    std::erase_if(response.groups, [&](const auto& group) { return !may.group(Operation::describe, group.group_id); });
  });
}

Verdict look(const RequestContext&, Asked may, wire::DeleteGroupsRequest& request, wire::DeleteGroupsResponse&) {
  auto denied =
      take_denied(request.groups_names, [&](const std::string& group) { return may.group(Operation::remove, group); });
  if (denied.empty()) return allowed();
  return then<wire::DeleteGroupsResponse>([denied = std::move(denied)](wire::DeleteGroupsResponse& response) {
    for (const auto& group : denied) response.results.push_back({group, kGroupDenied});
  });
}

constexpr PermissionRow kGroupRows[] = {
    row<wire::OffsetCommitRequest, look>(),
    row<wire::OffsetFetchRequest, look>(),
    row<wire::FindCoordinatorRequest, look>(),
    row<wire::JoinGroupRequest, look>(),
    row<wire::HeartbeatRequest, look_of_member<wire::HeartbeatRequest>>(),
    row<wire::LeaveGroupRequest, look_of_member<wire::LeaveGroupRequest>>(),
    row<wire::SyncGroupRequest, look_of_member<wire::SyncGroupRequest>>(),
    row<wire::DescribeGroupsRequest, look>(true),
    row<wire::ListGroupsRequest, look>(),
    row<wire::DeleteGroupsRequest, look>(),
    row<wire::OffsetDeleteRequest, look>(),
    row<wire::ConsumerGroupHeartbeatRequest, look>(),
    row<wire::ConsumerGroupDescribeRequest, look>(true),
};

}  // namespace

std::span<const PermissionRow> group_rows() {
  return kGroupRows;
}

}  // namespace weir::log::broker::permission
