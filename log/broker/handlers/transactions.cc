#include "log/broker/handlers/transactions.h"

#include <functional>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

// The versions in which producer_fenced came.
constexpr std::int16_t kFencedInInit = 4;
constexpr std::int16_t kFencedElsewhere = 2;

Result<> check_id(const std::string& transactional_id) {
  return transactional_id.empty() ? fail(ErrorCode::invalid_request, "an empty transactional id") : Result<>{};
}

ErrorCode code_of(const Result<>& outcome, const RequestContext& context) {
  return fenced_code(wire_code(outcome), context.version, kFencedElsewhere);
}

Task<Result<ProducerIdentity>> init(RequestContext context, wire::InitProducerIdRequest request) {
  Broker& broker = context.broker;
  if (!request.transactional_id) {
    // It may have to be written down first.
    std::function<Result<ProducerId>()> take = [&broker] {
      return broker.topics().new_producer_id();
    };
    WEIR_CO_TRY_VAR(id, co_await on_pool(broker.topics().pool(), std::move(take), context.executor));
    co_return ProducerIdentity{id, ProducerEpoch(0)};
  }
  WEIR_CO_TRY(check_id(*request.transactional_id));
  const bool has_id = request.producer_id != kNoProducerId;
  const bool has_epoch = request.producer_epoch != kNoProducerEpoch;
  if (has_id != has_epoch) co_return fail(ErrorCode::invalid_request, "a producer's id without its epoch");
  std::optional<ProducerIdentity> expected;
  if (has_id) expected = ProducerIdentity{request.producer_id, request.producer_epoch};
  co_return co_await broker.coordinators().transactions().init(
      *std::move(request.transactional_id), request.transaction_timeout_ms, expected, context.executor);
}

}  // namespace

Task<wire::InitProducerIdResponse> init_producer_id(RequestContext context, wire::InitProducerIdRequest request) {
  wire::InitProducerIdResponse response;
  const auto producer = co_await init(context, std::move(request));
  if (producer) {
    response.producer_id = producer->id;
    response.producer_epoch = producer->epoch;
  } else {
    response.error_code = fenced_code(wire_code(producer.error()), context.version, kFencedInInit);
    response.error_message = wire_message(producer.error());
  }
  co_return response;
}

// AddPartitionsToTxn ----------------------------------------------------------------------------------------------

namespace {

using TopicToAdd = wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic;
using AddedTopic = wire::AddPartitionsToTxnResponse::AddPartitionsToTxnTopicResult;

struct Adding {
  std::string transactional_id;
  ProducerIdentity producer;
  bool verify_only = false;
};

Task<Result<>> add(RequestContext context, Adding adding, std::vector<TopicPartition> partitions) {
  TxnService& transactions = context.broker.coordinators().transactions();
  if (!adding.verify_only) {
    co_return co_await transactions.add_partitions(std::move(adding.transactional_id), adding.producer,
                                                   std::move(partitions), context.executor);
  }
  for (const auto& partition : partitions) {
    WEIR_CO_TRY(transactions.check_append(adding.transactional_id, adding.producer, partition));
  }
  co_return Result<>{};
}

// All are added or none: one that does not exist keeps the others out.
Task<std::vector<AddedTopic>> add_all(RequestContext context, Adding adding, std::vector<TopicToAdd> topics) {
  std::vector<TopicPartition> partitions;
  std::vector<AddedTopic> answers;
  bool all_exist = true;
  for (const auto& topic : topics) {
    auto& answer = answers.emplace_back();
    answer.name = topic.name;
    for (auto index : topic.partitions) {
      auto found = context.broker.topics().find(topic.name, index);
      auto& part = answer.results_by_partition.emplace_back();
      part.partition_index = index;
      if (!found) part.partition_error_code = found.error().code;
      all_exist &= found.has_value();
      partitions.push_back({topic.name, index});
    }
  }
  Result<> outcome = check_id(adding.transactional_id);
  if (outcome && !all_exist) outcome = fail(ErrorCode::operation_not_attempted);
  if (outcome) outcome = co_await add(context, std::move(adding), std::move(partitions));
  if (outcome) co_return answers;
  for (auto& answer : answers) {
    for (auto& part : answer.results_by_partition) {
      if (part.partition_error_code != ErrorCode::none) continue;
      part.partition_error_code = code_of(outcome, context);
      part.error_message = wire_message(outcome);
    }
  }
  co_return answers;
}

}  // namespace

Task<wire::AddPartitionsToTxnResponse> add_partitions_to_txn(RequestContext context,
                                                             wire::AddPartitionsToTxnRequest request) {
  wire::AddPartitionsToTxnResponse response;
  if (request.transactions.empty()) {
    Adding adding{std::move(request.v3_and_below_transactional_id),
                  {request.v3_and_below_producer_id, request.v3_and_below_producer_epoch}};
    response.results_by_topic_v3_and_below =
        co_await add_all(context, std::move(adding), std::move(request.v3_and_below_topics));
  }
  for (auto& one : request.transactions) {
    Adding adding{one.transactional_id, {one.producer_id, one.producer_epoch}, one.verify_only};
    auto added = co_await add_all(context, std::move(adding), std::move(one.topics));
    response.results_by_transaction.push_back({std::move(one.transactional_id), std::move(added)});
  }
  co_return response;
}

// AddOffsetsToTxn, EndTxn -----------------------------------------------------------------------------------------

namespace {

Task<Result<>> add_offsets(RequestContext context, wire::AddOffsetsToTxnRequest request) {
  WEIR_CO_TRY(check_id(request.transactional_id));
  Coordinators& coordinators = context.broker.coordinators();
  WEIR_CO_TRY_VAR(partition, co_await coordinators.groups().partition_for(request.group_id, context.executor));
  std::vector<TopicPartition> partitions{std::move(partition)};
  co_return co_await coordinators.transactions().add_partitions(std::move(request.transactional_id),
                                                                {request.producer_id, request.producer_epoch},
                                                                std::move(partitions), context.executor);
}

}  // namespace

Task<wire::AddOffsetsToTxnResponse> add_offsets_to_txn(RequestContext context, wire::AddOffsetsToTxnRequest request) {
  wire::AddOffsetsToTxnResponse response;
  const auto outcome = co_await add_offsets(context, std::move(request));
  response.error_code = code_of(outcome, context);
  response.error_message = wire_message(outcome);
  co_return response;
}

Task<wire::EndTxnResponse> end_txn(RequestContext context, wire::EndTxnRequest request) {
  wire::EndTxnResponse response;
  auto outcome = check_id(request.transactional_id);
  if (outcome) {
    const ProducerIdentity producer{request.producer_id, request.producer_epoch};
    const auto type = request.committed ? EndMarkerType::commit : EndMarkerType::abort;
    outcome = co_await context.broker.coordinators().transactions().end(std::move(request.transactional_id), producer,
                                                                        type, context.executor);
  }
  response.error_code = code_of(outcome, context);
  response.error_message = wire_message(outcome);
  co_return response;
}

// WriteTxnMarkers -------------------------------------------------------------------------------------------------

Task<wire::WriteTxnMarkersResponse> write_txn_markers(RequestContext context, wire::WriteTxnMarkersRequest request) {
  return context.broker.coordinators().markers().write(std::move(request), context.executor);
}

}  // namespace weir::log::broker
