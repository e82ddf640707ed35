#include "log/client/transaction_calls.h"

#include "log/client/by_topic.h"
#include "log/client/coordinator_call.h"
#include "log/wire/messages/add_offsets_to_txn.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/txn_offset_commit.h"

namespace weir::log {

using wire::CoordinatorType;

namespace {

template <class Response>
Error whole_outcome(const Response& response) {
  return {response.error_code, response.error_message.value_or("")};
}

// "clicks-0", and what the broker says of it.
std::string told_of(const TopicPartition& partition, const std::optional<std::string>& message) {
  return message ? partition.to_string() + ": " + *message : partition.to_string();
}

// The first partition's error that is not just the consequence of another's.
Error partitions_outcome(const wire::AddPartitionsToTxnResponse& response) {
  for (const auto& topic : response.results_by_topic_v3_and_below) {
    for (const auto& partition : topic.results_by_partition) {
      ErrorCode code = partition.partition_error_code;
      if (code == ErrorCode::none || code == ErrorCode::operation_not_attempted) continue;
      return {code, told_of({topic.name, partition.partition_index}, partition.error_message)};
    }
  }
  return {ErrorCode::none, {}};
}

Error offsets_outcome(const wire::TxnOffsetCommitResponse& response) {
  for (const auto& topic : response.topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.error_code == ErrorCode::none) continue;
      return {partition.error_code, told_of({topic.name, partition.partition_index}, partition.error_message)};
    }
  }
  return {ErrorCode::none, {}};
}

template <class Response>
Result<> told(Result<Response> response, const std::string& what) {
  if (response) return {};
  return fail(producer_error(response.error().at(what)));
}

}  // namespace

Error producer_error(Error error) {
  if (error.code == ErrorCode::invalid_producer_epoch) error.code = ErrorCode::producer_fenced;
  return error;
}

Task<Result<>> TransactionCalls::init() {
  wire::InitProducerIdRequest request;
  request.transactional_id = options_.transactional_id;
  request.transaction_timeout_ms = saturated_int32(options_.transaction_timeout.count());
  request.producer_id = id_;
  request.producer_epoch = epoch_;
  Result<wire::InitProducerIdResponse> response;
  if (options_.transactional_id) {
    response = co_await call_coordinator(connection_, view_, CoordinatorType::transaction, transactional_id(), request,
                                         whole_outcome<wire::InitProducerIdResponse>);
  } else {
    Retry retry = connection_.retry();
    for (;;) {
      response = co_await connection_.call(kAnyNode, request);
      Error error = response ? whole_outcome(*response) : response.error();
      if (error.code == ErrorCode::none) break;
      response = fail(error);
      if (!co_await retry.again_if(cure_of(error.code) != Cure::none)) break;
    }
  }
  if (response) {
    id_ = response->producer_id;
    epoch_ = response->producer_epoch;
  }
  co_return told(std::move(response), "InitProducerId " + options_.transactional_id.value_or(""));
}

Task<Result<>> TransactionCalls::add_partitions(std::vector<TopicPartition> partitions) {
  wire::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = transactional_id();
  request.v3_and_below_producer_id = id_;
  request.v3_and_below_producer_epoch = epoch_;
  ByTopic topics(request.v3_and_below_topics, &wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic::name);
  for (const auto& partition : partitions) {
    topics[partition.topic].partitions.push_back(partition.partition);
  }
  Retry retry = connection_.retry();
  for (;;) {
    auto response = co_await call_coordinator(connection_, view_, CoordinatorType::transaction, transactional_id(),
                                              request, partitions_outcome);
    bool may_be_behind = !response && cure_of(response.error().code) == Cure::new_metadata;
    if (!co_await retry.again_if(may_be_behind)) {
      co_return told(std::move(response), "AddPartitionsToTxn " + transactional_id());
    }
    // The coordinator does not know a topic: either it is behind, or the topic is gone, and then this fails.
    std::vector<std::string> topics;
    for (const auto& topic : request.v3_and_below_topics) topics.push_back(topic.name);
    WEIR_CO_TRY(co_await view_.learn_again(std::move(topics)));
  }
}

Task<Result<>> TransactionCalls::commit_offsets(GroupMetadata group, std::vector<PartitionOffset> offsets) {
  wire::AddOffsetsToTxnRequest add{transactional_id(), id_, epoch_, group.group_id};
  auto added = co_await call_coordinator(connection_, view_, CoordinatorType::transaction, transactional_id(), add,
                                         whole_outcome<wire::AddOffsetsToTxnResponse>);
  WEIR_CO_TRY(told(std::move(added), "AddOffsetsToTxn " + transactional_id() + ", group " + group.group_id));

  wire::TxnOffsetCommitRequest request;
  request.transactional_id = transactional_id();
  request.group_id = group.group_id;
  request.producer_id = id_;
  request.producer_epoch = epoch_;
  request.generation_id = group.generation;
  request.member_id = group.member_id;
  request.group_instance_id = group.group_instance_id;
  ByTopic topics(request.topics, &wire::TxnOffsetCommitRequest::TxnOffsetCommitRequestTopic::name);
  for (auto& [partition, position] : offsets) {
    topics[partition.topic].partitions.push_back(
        {partition.partition, position.offset, position.leader_epoch, std::move(position.metadata)});
  }
  auto committed = co_await call_coordinator(connection_, view_, CoordinatorType::group, group.group_id,
                                             std::move(request), offsets_outcome);
  co_return told(std::move(committed), "TxnOffsetCommit " + transactional_id() + ", group " + group.group_id);
}

Task<Result<>> TransactionCalls::end(Commit commit) {
  wire::EndTxnRequest request{transactional_id(), id_, epoch_, commit == Commit::yes};
  auto response = co_await call_coordinator(connection_, view_, CoordinatorType::transaction, transactional_id(),
                                            request, whole_outcome<wire::EndTxnResponse>);
  co_return told(std::move(response), "EndTxn " + transactional_id());
}

}  // namespace weir::log
