#include "log/broker/handlers/handlers.h"

#include <algorithm>

#include "log/broker/handlers/cluster.h"
#include "log/broker/handlers/configs.h"
#include "log/broker/handlers/delete_records.h"
#include "log/broker/handlers/fetch.h"
#include "log/broker/handlers/group_admin.h"
#include "log/broker/handlers/group_members.h"
#include "log/broker/handlers/groups.h"
#include "log/broker/handlers/list_offsets.h"
#include "log/broker/handlers/produce.h"
#include "log/broker/handlers/producers.h"
#include "log/broker/handlers/topics.h"
#include "log/broker/handlers/transactions.h"

namespace weir::log::broker {

namespace {

// Answered at once.
template <class Request, typename Request::Response (*kAnswer)(RequestContext, Request&)>
constexpr Handler row() {
  return {Request::kApiKey, Request::kMinVersion, Request::kMaxVersion,
          [](RequestContext context, void* request, void* response) -> Later {
            *static_cast<typename Request::Response*>(response) = kAnswer(context, *static_cast<Request*>(request));
            return std::nullopt;
          }};
}

// Answered at once or later.
template <class Request, Later (*kAnswer)(RequestContext, Request&, typename Request::Response&)>
constexpr Handler row() {
  return {Request::kApiKey, Request::kMinVersion, Request::kMaxVersion,
          [](RequestContext context, void* request, void* response) {
            return kAnswer(context, *static_cast<Request*>(request),
                           *static_cast<typename Request::Response*>(response));
          }};
}

template <class Request, Task<typename Request::Response> (*kAnswer)(RequestContext, Request)>
Task<Result<>> answer_later(RequestContext context, void* request, void* response) {
  Request taken = std::move(*static_cast<Request*>(request));
  auto answered = co_await kAnswer(context, std::move(taken));
  *static_cast<typename Request::Response*>(response) = std::move(answered);
  co_return Result<>{};
}

// Answered by a coroutine.
template <class Request, Task<typename Request::Response> (*kAnswer)(RequestContext, Request)>
constexpr Handler waiting_row() {
  return {Request::kApiKey, Request::kMinVersion, Request::kMaxVersion,
          [](RequestContext context, void* request, void* response) -> Later {
            return answer_later<Request, kAnswer>(context, request, response);
          }};
}

constexpr Handler kHandlers[] = {
    row<wire::ProduceRequest, produce>(),
    waiting_row<wire::FetchRequest, fetch_records>(),
    row<wire::ListOffsetsRequest, list_offsets>(),
    row<wire::MetadataRequest, metadata>(),
    row<wire::OffsetCommitRequest, commit_offsets>(),
    row<wire::OffsetFetchRequest, fetch_offsets>(),
    row<wire::FindCoordinatorRequest, find_coordinator>(),
    waiting_row<wire::JoinGroupRequest, join_group>(),
    row<wire::HeartbeatRequest, heartbeat>(),
    row<wire::LeaveGroupRequest, leave_group>(),
    waiting_row<wire::SyncGroupRequest, sync_group>(),
    row<wire::DescribeGroupsRequest, describe_groups>(),
    row<wire::ListGroupsRequest, list_groups>(),
    row<wire::ApiVersionsRequest, api_versions>(),
    row<wire::CreateTopicsRequest, create_topics>(),
    row<wire::DeleteTopicsRequest, delete_topics>(),
    row<wire::DeleteRecordsRequest, delete_records>(),
    row<wire::InitProducerIdRequest, init_producer_id>(),
    row<wire::OffsetForLeaderEpochRequest, end_of_epochs>(),
    row<wire::AddPartitionsToTxnRequest, add_partitions_to_txn>(),
    row<wire::AddOffsetsToTxnRequest, add_offsets_to_txn>(),
    row<wire::EndTxnRequest, end_txn>(),
    row<wire::WriteTxnMarkersRequest, write_txn_markers>(),
    row<wire::TxnOffsetCommitRequest, commit_offsets_in_transaction>(),
    row<wire::DescribeConfigsRequest, describe_configs>(),
    row<wire::AlterConfigsRequest, alter_configs>(),
    row<wire::CreatePartitionsRequest, create_partitions>(),
    row<wire::DeleteGroupsRequest, delete_groups>(),
    row<wire::IncrementalAlterConfigsRequest, change_configs>(),
    row<wire::OffsetDeleteRequest, delete_offsets>(),
    row<wire::DescribeClusterRequest, describe_cluster>(),
    row<wire::DescribeProducersRequest, describe_producers>(),
    row<wire::DescribeTransactionsRequest, describe_transactions>(),
    row<wire::ListTransactionsRequest, list_transactions>(),
};

}  // namespace

std::span<const Handler> handlers() {
  return kHandlers;
}

const Handler* find_handler(wire::ApiKey api) {
  auto found =
      std::find_if(std::begin(kHandlers), std::end(kHandlers), [&](const Handler& one) { return one.api == api; });
  return found == std::end(kHandlers) ? nullptr : found;
}

}  // namespace weir::log::broker
