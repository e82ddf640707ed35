#include "sim/simulated_transport.h"

#include <algorithm>
#include <iterator>

#include "log/base/crc32c.h"
#include "log/wire/message.h"
#include "log/wire/messages/add_offsets_to_txn.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/alter_configs.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/create_partitions.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_groups.h"
#include "log/wire/messages/delete_records.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_cluster.h"
#include "log/wire/messages/describe_configs.h"
#include "log/wire/messages/describe_groups.h"
#include "log/wire/messages/describe_producers.h"
#include "log/wire/messages/describe_transactions.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/incremental_alter_configs.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/leave_group.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/list_transactions.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_delete.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/offset_for_leader_epoch.h"
#include "log/wire/messages/produce.h"
#include "log/wire/messages/sync_group.h"
#include "log/wire/messages/txn_offset_commit.h"
#include "log/wire/messages/write_txn_markers.h"

namespace weir::log {

namespace {

template <class Message>
std::string summary_of(const Message& message) {
  const auto bytes = wire::encoded(message, Message::kMaxVersion);
  if (!bytes) return bytes.error().to_string();
  return std::to_string(bytes->size()) + " bytes " + std::to_string(crc32c(*bytes));
}

}  // namespace

void SimulatedTransport::wait_while_stopped() {
  while (world_.monotonic_ns() < stopped_until_ns_) {
    world_.sleep(Millis((stopped_until_ns_ - world_.monotonic_ns()) / 1'000'000 + 1));
  }
}

template <class Request>
Task<Result<>> SimulatedTransport::pass_on(NodeId node, void* request, void* response, Executor& executor) {
  Request& asked = *static_cast<Request*>(request);
  const std::string name = client_ + ": api " + std::to_string(static_cast<int>(Request::kApiKey)) + ", ";
  const std::string question = summary_of(asked);
  world_.perhaps_yield();
  wait_while_stopped();
  auto answer = co_await brokers_.call(node, std::move(asked), executor);
  wait_while_stopped();
  world_.note(name + question + " -> " + (answer ? summary_of(*answer) : answer.error().to_string()));
  if (!answer) co_return fail(std::move(answer).error());
  *static_cast<typename Request::Response*>(response) = *std::move(answer);
  co_return Result<>{};
}

Task<Result<>> SimulatedTransport::call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                                               Executor& executor) {
  struct Row {
    wire::ApiKey api;
    Task<Result<>> (*pass_on)(SimulatedTransport&, NodeId, void*, void*, Executor&);
  };
  static constexpr Row kRows[] = {
      {wire::AddOffsetsToTxnRequest::kApiKey, row<wire::AddOffsetsToTxnRequest>},
      {wire::AddPartitionsToTxnRequest::kApiKey, row<wire::AddPartitionsToTxnRequest>},
      {wire::AlterConfigsRequest::kApiKey, row<wire::AlterConfigsRequest>},
      {wire::ApiVersionsRequest::kApiKey, row<wire::ApiVersionsRequest>},
      {wire::CreatePartitionsRequest::kApiKey, row<wire::CreatePartitionsRequest>},
      {wire::CreateTopicsRequest::kApiKey, row<wire::CreateTopicsRequest>},
      {wire::DeleteGroupsRequest::kApiKey, row<wire::DeleteGroupsRequest>},
      {wire::DeleteRecordsRequest::kApiKey, row<wire::DeleteRecordsRequest>},
      {wire::DeleteTopicsRequest::kApiKey, row<wire::DeleteTopicsRequest>},
      {wire::DescribeClusterRequest::kApiKey, row<wire::DescribeClusterRequest>},
      {wire::DescribeConfigsRequest::kApiKey, row<wire::DescribeConfigsRequest>},
      {wire::DescribeGroupsRequest::kApiKey, row<wire::DescribeGroupsRequest>},
      {wire::DescribeProducersRequest::kApiKey, row<wire::DescribeProducersRequest>},
      {wire::DescribeTransactionsRequest::kApiKey, row<wire::DescribeTransactionsRequest>},
      {wire::EndTxnRequest::kApiKey, row<wire::EndTxnRequest>},
      {wire::FetchRequest::kApiKey, row<wire::FetchRequest>},
      {wire::FindCoordinatorRequest::kApiKey, row<wire::FindCoordinatorRequest>},
      {wire::HeartbeatRequest::kApiKey, row<wire::HeartbeatRequest>},
      {wire::IncrementalAlterConfigsRequest::kApiKey, row<wire::IncrementalAlterConfigsRequest>},
      {wire::InitProducerIdRequest::kApiKey, row<wire::InitProducerIdRequest>},
      {wire::JoinGroupRequest::kApiKey, row<wire::JoinGroupRequest>},
      {wire::LeaveGroupRequest::kApiKey, row<wire::LeaveGroupRequest>},
      {wire::ListGroupsRequest::kApiKey, row<wire::ListGroupsRequest>},
      {wire::ListOffsetsRequest::kApiKey, row<wire::ListOffsetsRequest>},
      {wire::ListTransactionsRequest::kApiKey, row<wire::ListTransactionsRequest>},
      {wire::MetadataRequest::kApiKey, row<wire::MetadataRequest>},
      {wire::OffsetCommitRequest::kApiKey, row<wire::OffsetCommitRequest>},
      {wire::OffsetDeleteRequest::kApiKey, row<wire::OffsetDeleteRequest>},
      {wire::OffsetFetchRequest::kApiKey, row<wire::OffsetFetchRequest>},
      {wire::OffsetForLeaderEpochRequest::kApiKey, row<wire::OffsetForLeaderEpochRequest>},
      {wire::ProduceRequest::kApiKey, row<wire::ProduceRequest>},
      {wire::SyncGroupRequest::kApiKey, row<wire::SyncGroupRequest>},
      {wire::TxnOffsetCommitRequest::kApiKey, row<wire::TxnOffsetCommitRequest>},
      {wire::WriteTxnMarkersRequest::kApiKey, row<wire::WriteTxnMarkersRequest>},
  };
  const auto found =
      std::find_if(std::begin(kRows), std::end(kRows), [api](const Row& each) { return each.api == api; });
  if (found == std::end(kRows)) co_return fail(ErrorCode::unsupported_version, std::to_string(static_cast<int>(api)));
  co_return co_await found->pass_on(*this, node, request, response, executor);
}

}  // namespace weir::log
