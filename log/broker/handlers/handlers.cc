#include "log/broker/handlers/handlers.h"

#include <algorithm>
#include <memory>
#include <string>

#include "log/base/waiter.h"
#include "log/broker/broker.h"
#include "log/broker/handlers/acls.h"
#include "log/broker/handlers/cluster.h"
#include "log/broker/handlers/configs.h"
#include "log/broker/handlers/delete_records.h"
#include "log/broker/handlers/fetch.h"
#include "log/broker/handlers/group_admin.h"
#include "log/broker/handlers/group_members.h"
#include "log/broker/handlers/groups.h"
#include "log/broker/handlers/list_offsets.h"
#include "log/broker/handlers/log_dirs.h"
#include "log/broker/handlers/produce.h"
#include "log/broker/handlers/producers.h"
#include "log/broker/handlers/quotas.h"
#include "log/broker/handlers/sasl.h"
#include "log/broker/handlers/topics.h"
#include "log/broker/handlers/transactions.h"
#include "log/broker/handlers/users.h"

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

// Rows that answer at once resume nothing.
class Nobody final : public Executor {
 public:
  void post(std::coroutine_handle<>) override { WEIR_ASSERT(false, "nothing waits here"); }
};

// What is done on the broker's pool. Whoever waits for it may be gone before.
template <class Request>
struct OnPool {
  OnPool(const RequestContext& context, Request taken)
      : broker(context.broker),
        version(context.version),
        client_id(context.client_id),
        client_host(context.client_host),
        here(context.here == nullptr ? std::nullopt : std::optional(*context.here)),
        request(std::move(taken)),
        waiter(context.executor) {}

  Broker& broker;
  std::int16_t version;
  std::string client_id;
  std::string client_host;
  std::optional<HostPort> here;
  Nobody nobody;
  Request request;
  typename Request::Response response{};
  Waiter waiter;
};

template <class Request, typename Request::Response (*kAnswer)(RequestContext, Request&)>
Task<Result<>> answer_on_pool(RequestContext context, void* request, void* response) {
  // shared: with the work
  auto work = std::make_shared<OnPool<Request>>(context, std::move(*static_cast<Request*>(request)));
  context.broker.options().pool->post([work] {
    const RequestContext own{work->broker,    work->version,     work->nobody,
                             work->client_id, work->client_host, work->here ? &*work->here : nullptr};
    work->response = kAnswer(own, work->request);
    work->waiter.wake();
  });
  co_await work->waiter;
  *static_cast<typename Request::Response*>(response) = std::move(work->response);
  co_return Result<>{};
}

// What changes metadata, or files: answered at once where there is no pool.
template <class Request, typename Request::Response (*kAnswer)(RequestContext, Request&)>
constexpr Handler disk_row() {
  return {Request::kApiKey, Request::kMinVersion, Request::kMaxVersion,
          [](RequestContext context, void* request, void* response) -> Later {
            if (context.broker.options().pool != nullptr) {
              return answer_on_pool<Request, kAnswer>(context, request, response);
            }
            *static_cast<typename Request::Response*>(response) = kAnswer(context, *static_cast<Request*>(request));
            return std::nullopt;
          }};
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
    waiting_row<wire::OffsetCommitRequest, commit_offsets>(),
    row<wire::OffsetFetchRequest, fetch_offsets>(),
    row<wire::FindCoordinatorRequest, find_coordinator>(),
    waiting_row<wire::JoinGroupRequest, join_group>(),
    row<wire::HeartbeatRequest, heartbeat>(),
    row<wire::LeaveGroupRequest, leave_group>(),
    waiting_row<wire::SyncGroupRequest, sync_group>(),
    row<wire::DescribeGroupsRequest, describe_groups>(),
    row<wire::ListGroupsRequest, list_groups>(),
    row<wire::SaslHandshakeRequest, refuse_handshake>(),
    row<wire::ApiVersionsRequest, api_versions>(),
    disk_row<wire::CreateTopicsRequest, create_topics>(),
    waiting_row<wire::DeleteTopicsRequest, delete_topics>(),
    disk_row<wire::DeleteRecordsRequest, delete_records>(),
    waiting_row<wire::InitProducerIdRequest, init_producer_id>(),
    row<wire::OffsetForLeaderEpochRequest, end_of_epochs>(),
    waiting_row<wire::AddPartitionsToTxnRequest, add_partitions_to_txn>(),
    waiting_row<wire::AddOffsetsToTxnRequest, add_offsets_to_txn>(),
    waiting_row<wire::EndTxnRequest, end_txn>(),
    waiting_row<wire::WriteTxnMarkersRequest, write_txn_markers>(),
    waiting_row<wire::TxnOffsetCommitRequest, commit_offsets_in_transaction>(),
    row<wire::DescribeAclsRequest, describe_acls>(),
    disk_row<wire::CreateAclsRequest, create_acls>(),
    disk_row<wire::DeleteAclsRequest, delete_acls>(),
    row<wire::DescribeConfigsRequest, describe_configs>(),
    disk_row<wire::AlterConfigsRequest, alter_configs>(),
    row<wire::DescribeLogDirsRequest, describe_log_dirs>(),
    row<wire::SaslAuthenticateRequest, refuse_authentication>(),
    disk_row<wire::CreatePartitionsRequest, create_partitions>(),
    waiting_row<wire::DeleteGroupsRequest, delete_groups>(),
    disk_row<wire::IncrementalAlterConfigsRequest, change_configs>(),
    waiting_row<wire::OffsetDeleteRequest, delete_offsets>(),
    row<wire::DescribeClientQuotasRequest, describe_quotas>(),
    disk_row<wire::AlterClientQuotasRequest, alter_quotas>(),
    row<wire::DescribeUserScramCredentialsRequest, describe_users>(),
    disk_row<wire::AlterUserScramCredentialsRequest, alter_users>(),
    row<wire::DescribeClusterRequest, describe_cluster>(),
    row<wire::DescribeProducersRequest, describe_producers>(),
    row<wire::DescribeTransactionsRequest, describe_transactions>(),
    row<wire::ListTransactionsRequest, list_transactions>(),
    waiting_row<wire::ConsumerGroupHeartbeatRequest, consumer_group_heartbeat>(),
    row<wire::ConsumerGroupDescribeRequest, describe_consumer_groups>(),
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
