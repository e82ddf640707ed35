#include "log/wire/client_apis.h"

#include <algorithm>
#include <iterator>

#include "log/wire/messages/create_acls.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_acls.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_acls.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/leave_group.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/txn_offset_commit.h"

namespace weir::log::wire {

namespace {

// Rows are of erased requests; these are of typed ones.
template <class Request, Result<> (*kFit)(Request&, std::int16_t)>
Result<> fit(void* request, std::int16_t version) {
  return kFit(*static_cast<Request*>(request), version);
}
template <class Request, void (*kLift)(const Request&, typename Request::Response&, std::int16_t)>
void lift(const void* request, void* response, std::int16_t version) {
  kLift(*static_cast<const Request*>(request), *static_cast<typename Request::Response*>(response), version);
}

// Before 4 a broker makes a topic that is asked about, if it is set up to make topics.
Result<> fit_metadata(MetadataRequest& request, std::int16_t version) {
  if (version < 4) request.allow_auto_topic_creation = true;
  return {};
}

// FindCoordinator: several keys from 4 on.

Result<> fit_find(FindCoordinatorRequest& request, std::int16_t version) {
  if (version >= 4) return {};
  if (request.coordinator_keys.size() != 1) {
    return fail(ErrorCode::unsupported_version, "FindCoordinator below 4 is about one key");
  }
  request.key = std::move(request.coordinator_keys.front());
  request.coordinator_keys.clear();
  return {};
}

void lift_find(const FindCoordinatorRequest& asked, FindCoordinatorResponse& answer, std::int16_t version) {
  if (version >= 4) return;
  auto& one = answer.coordinators.emplace_back();
  one.key = asked.key;
  one.node_id = answer.node_id;
  one.host = std::move(answer.host);
  one.port = answer.port;
  one.error_code = answer.error_code;
  one.error_message = std::move(answer.error_message);
}

// OffsetFetch: several groups from 8 on.

Result<> fit_offsets(OffsetFetchRequest& request, std::int16_t version) {
  if (version < 7) request.require_stable = false;
  if (version >= 8) return {};
  if (request.groups.size() != 1) {
    return fail(ErrorCode::unsupported_version, "OffsetFetch below 8 is about one group");
  }
  auto& group = request.groups.front();
  request.group_id = std::move(group.group_id);
  request.topics.reset();
  if (group.topics) {
    request.topics.emplace();
    for (auto& topic : *group.topics) {
      request.topics->push_back({std::move(topic.name), std::move(topic.partition_indexes)});
    }
  }
  request.groups.clear();
  return {};
}

void lift_offsets(const OffsetFetchRequest& asked, OffsetFetchResponse& answer, std::int16_t version) {
  if (version >= 8) return;
  auto& group = answer.groups.emplace_back();
  group.group_id = asked.group_id;
  group.error_code = answer.error_code;
  for (auto& topic : answer.topics) {
    auto& lifted = group.topics.emplace_back();
    lifted.name = std::move(topic.name);
    for (auto& partition : topic.partitions) {
      auto& one = lifted.partitions.emplace_back();
      one.partition_index = partition.partition_index;
      one.committed_offset = partition.committed_offset;
      one.committed_leader_epoch = partition.committed_leader_epoch;
      one.metadata = std::move(partition.metadata);
      one.error_code = partition.error_code;
    }
  }
  answer.topics.clear();
}

// LeaveGroup: several members from 3 on.

Result<> fit_leave(LeaveGroupRequest& request, std::int16_t version) {
  if (version >= 3) return {};
  if (request.members.size() != 1) return fail(ErrorCode::unsupported_version, "LeaveGroup below 3 is of one member");
  request.member_id = std::move(request.members.front().member_id);
  request.members.clear();
  return {};
}

Result<> fit_join(JoinGroupRequest& request, std::int16_t version) {
  if (version >= 5 || !request.group_instance_id) return {};
  return fail(ErrorCode::unsupported_version, "JoinGroup below 5 knows no members with a group_instance_id");
}

Result<> fit_txn_offsets(TxnOffsetCommitRequest& request, std::int16_t version) {
  if (version >= 3) return {};
  request.generation_id = -1;
  request.member_id.clear();
  request.group_instance_id.reset();
  return {};
}

Result<> fit_init(InitProducerIdRequest& request, std::int16_t version) {
  if (version >= 3) return {};
  request.producer_id = kNoProducerId;
  request.producer_epoch = kNoProducerEpoch;
  return {};
}

// The cluster's own number of replicas (KIP-464).
Result<> fit_create(CreateTopicsRequest& request, std::int16_t version) {
  if (version >= 4) return {};
  for (const auto& topic : request.topics) {
    if (topic.replication_factor != -1 && topic.num_partitions != -1) continue;
    return fail(ErrorCode::unsupported_version, "CreateTopics below 4 needs the number of replicas of " + topic.name);
  }
  return {};
}

Result<> fit_delete(DeleteTopicsRequest& request, std::int16_t version) {
  if (version >= 6) return {};
  for (auto& topic : request.topics) {
    if (!topic.name) return fail(ErrorCode::unsupported_version, "DeleteTopics below 6 is by name");
    request.topic_names.push_back(*std::move(topic.name));
  }
  request.topics.clear();
  return {};
}

// ACLs: of names alone before 1.

constexpr std::int8_t kAnyPattern = 1;
constexpr std::int8_t kLiteral = 3;

Result<> fit_pattern(std::int8_t& pattern, std::int16_t version) {
  if (version >= 1) return {};
  if (pattern != kLiteral && pattern != kAnyPattern) {
    return fail(ErrorCode::unsupported_version, "before Kafka 2.0 ACLs are about whole names only");
  }
  pattern = kLiteral;
  return {};
}
Result<> fit_describe_acls(DescribeAclsRequest& request, std::int16_t version) {
  return fit_pattern(request.pattern_type_filter, version);
}
Result<> fit_create_acls(CreateAclsRequest& request, std::int16_t version) {
  for (auto& creation : request.creations) WEIR_TRY(fit_pattern(creation.resource_pattern_type, version));
  return {};
}
Result<> fit_delete_acls(DeleteAclsRequest& request, std::int16_t version) {
  for (auto& filter : request.filters) WEIR_TRY(fit_pattern(filter.pattern_type_filter, version));
  return {};
}

// By topic ids alone from 13 on: a cluster may be too old for them where its brokers are not.
std::int16_t fetch_version(const void* request, std::int16_t version) {
  const auto& topics = static_cast<const FetchRequest*>(request)->topics;
  const bool has_ids = std::ranges::none_of(topics, [](const auto& topic) { return topic.topic_id.is_zero(); });
  return has_ids ? version : std::min<std::int16_t>(version, 12);
}

std::chrono::milliseconds fetch_patience(const void* request) {
  return std::chrono::milliseconds(static_cast<const FetchRequest*>(request)->max_wait_ms);
}

// A generation forms when all members are there, or their time is over.
std::chrono::milliseconds join_patience(const void* request) {
  const auto& join = *static_cast<const JoinGroupRequest*>(request);
  return std::chrono::milliseconds(std::max(join.rebalance_timeout_ms, join.session_timeout_ms));
}

constexpr auto kAwaited = AnswerTime::awaited;
constexpr auto kSoon = AnswerTime::soon;

constexpr ClientApi kClientApis[] = {
    {ApiKey::produce, 3, 11},
    {ApiKey::fetch, 4, 17, kAwaited, nullptr, nullptr, fetch_version, fetch_patience},
    {ApiKey::list_offsets, 2, 9},
    {ApiKey::metadata, 1, 12, kSoon, fit<MetadataRequest, fit_metadata>},
    {ApiKey::offset_commit, 2, 9},
    {ApiKey::offset_fetch, 2, 9, kSoon, fit<OffsetFetchRequest, fit_offsets>, lift<OffsetFetchRequest, lift_offsets>},
    {ApiKey::find_coordinator, 1, 6, kSoon, fit<FindCoordinatorRequest, fit_find>,
     lift<FindCoordinatorRequest, lift_find>},
    {ApiKey::join_group, 1, 9, kAwaited, fit<JoinGroupRequest, fit_join>, nullptr, nullptr, join_patience},
    {ApiKey::heartbeat, 0, 4},
    {ApiKey::leave_group, 0, 5, kSoon, fit<LeaveGroupRequest, fit_leave>},
    {ApiKey::sync_group, 0, 5, kAwaited},
    {ApiKey::describe_groups, 0, 5},
    {ApiKey::list_groups, 0, 5},
    {ApiKey::sasl_handshake, 1, 1},
    {ApiKey::api_versions, 0, 4},
    {ApiKey::create_topics, 1, 7, kAwaited, fit<CreateTopicsRequest, fit_create>},
    {ApiKey::delete_topics, 0, 6, kAwaited, fit<DeleteTopicsRequest, fit_delete>},
    {ApiKey::delete_records, 0, 2, kAwaited},
    {ApiKey::init_producer_id, 0, 5, kSoon, fit<InitProducerIdRequest, fit_init>},
    {ApiKey::offset_for_leader_epoch, 0, 4},
    {ApiKey::add_partitions_to_txn, 0, 3},  // later ones are of brokers among themselves
    {ApiKey::add_offsets_to_txn, 0, 4},
    {ApiKey::end_txn, 0, 4},
    {ApiKey::write_txn_markers, 0, 1},
    {ApiKey::txn_offset_commit, 0, 4, kSoon, fit<TxnOffsetCommitRequest, fit_txn_offsets>},
    {ApiKey::describe_acls, 0, 3, kSoon, fit<DescribeAclsRequest, fit_describe_acls>},
    {ApiKey::create_acls, 0, 3, kAwaited, fit<CreateAclsRequest, fit_create_acls>},
    {ApiKey::delete_acls, 0, 3, kAwaited, fit<DeleteAclsRequest, fit_delete_acls>},
    {ApiKey::describe_configs, 1, 4},
    {ApiKey::sasl_authenticate, 0, 2, kAwaited},
    {ApiKey::create_partitions, 0, 3, kAwaited},
    {ApiKey::delete_groups, 0, 2},
    {ApiKey::incremental_alter_configs, 0, 1},
    {ApiKey::offset_delete, 0, 0},
    {ApiKey::describe_client_quotas, 0, 1},
    {ApiKey::alter_client_quotas, 0, 1, kAwaited},
    {ApiKey::describe_user_scram_credentials, 0, 0},
    {ApiKey::alter_user_scram_credentials, 0, 0, kAwaited},
    {ApiKey::describe_producers, 0, 0},
    {ApiKey::describe_transactions, 0, 0},
    {ApiKey::list_transactions, 0, 1},
};

}  // namespace

std::span<const ClientApi> client_apis() {
  return kClientApis;
}

const ClientApi* find_client_api(ApiKey api) {
  const auto found = std::ranges::lower_bound(kClientApis, api, {}, &ClientApi::api);
  return found != std::end(kClientApis) && found->api == api ? &*found : nullptr;
}

Result<std::int16_t> version_between(const ClientApi& api, const void* request, std::int16_t min, std::int16_t max) {
  std::int16_t version = std::min(max, api.max_version);
  if (api.version_for != nullptr) version = api.version_for(request, version);
  if (version >= std::max(min, api.min_version)) return version;
  const auto range = [](std::int16_t from, std::int16_t to) {
    return std::to_string(from) + " to " + std::to_string(to);
  };
  return fail(ErrorCode::unsupported_version, std::string(find_api(api.api)->name) + ": the broker takes versions " +
                                                  range(min, max) + ", this client " +
                                                  range(api.min_version, api.max_version));
}

}  // namespace weir::log::wire
