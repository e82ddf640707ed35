#include "log/broker/handlers/transactions.h"

#include "log/broker/broker.h"
#include "log/broker/handlers/errors.h"

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

Result<ProducerIdentity> init(Broker& broker, const wire::InitProducerIdRequest& request) {
  if (!request.transactional_id) {
    WEIR_TRY_VAR(id, broker.topics().new_producer_id());
    return ProducerIdentity{id, ProducerEpoch(0)};
  }
  WEIR_TRY(check_id(*request.transactional_id));
  bool has_id = request.producer_id != kNoProducerId;
  bool has_epoch = request.producer_epoch != kNoProducerEpoch;
  if (has_id != has_epoch) return fail(ErrorCode::invalid_request, "a producer's id without its epoch");
  std::optional<ProducerIdentity> expected;
  if (has_id) expected = ProducerIdentity{request.producer_id, request.producer_epoch};
  return broker.coordinators().transactions().init(*request.transactional_id, request.transaction_timeout_ms, expected);
}

}  // namespace

wire::InitProducerIdResponse init_producer_id(RequestContext context, wire::InitProducerIdRequest& request) {
  wire::InitProducerIdResponse response;
  auto producer = init(context.broker, request);
  if (producer) {
    response.producer_id = producer->id;
    response.producer_epoch = producer->epoch;
  } else {
    response.error_code = fenced_code(wire_code(producer.error()), context.version, kFencedInInit);
    response.error_message = wire_message(producer.error());
  }
  return response;
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

Result<> add(Broker& broker, const Adding& adding, const std::vector<TopicPartition>& partitions) {
  Transactions& transactions = broker.coordinators().transactions();
  if (!adding.verify_only) return transactions.add_partitions(adding.transactional_id, adding.producer, partitions);
  for (const auto& partition : partitions) {
    WEIR_TRY(transactions.check_append(adding.transactional_id, adding.producer, partition));
  }
  return {};
}

// All are added or none: one that does not exist keeps the others out.
std::vector<AddedTopic> add_all(const RequestContext& context, const Adding& adding,
                                const std::vector<TopicToAdd>& topics) {
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
  if (outcome) {
    outcome = all_exist ? add(context.broker, adding, partitions) : fail(ErrorCode::operation_not_attempted);
  }
  if (outcome) return answers;
  for (auto& answer : answers) {
    for (auto& part : answer.results_by_partition) {
      if (part.partition_error_code != ErrorCode::none) continue;
      part.partition_error_code = code_of(outcome, context);
      part.error_message = wire_message(outcome);
    }
  }
  return answers;
}

}  // namespace

wire::AddPartitionsToTxnResponse add_partitions_to_txn(RequestContext context,
                                                       wire::AddPartitionsToTxnRequest& request) {
  wire::AddPartitionsToTxnResponse response;
  if (request.transactions.empty()) {
    const Adding adding{request.v3_and_below_transactional_id,
                        {request.v3_and_below_producer_id, request.v3_and_below_producer_epoch}};
    response.results_by_topic_v3_and_below = add_all(context, adding, request.v3_and_below_topics);
  }
  for (const auto& one : request.transactions) {
    const Adding adding{one.transactional_id, {one.producer_id, one.producer_epoch}, one.verify_only};
    response.results_by_transaction.push_back({one.transactional_id, add_all(context, adding, one.topics)});
  }
  return response;
}

// AddOffsetsToTxn, EndTxn -----------------------------------------------------------------------------------------

namespace {

Result<> add_offsets(Coordinators& coordinators, const wire::AddOffsetsToTxnRequest& request) {
  WEIR_TRY(check_id(request.transactional_id));
  WEIR_TRY_VAR(partition, coordinators.offsets().partition_for(request.group_id));
  return coordinators.transactions().add_partitions(request.transactional_id,
                                                    {request.producer_id, request.producer_epoch}, {partition});
}

Result<> end(Coordinators& coordinators, const wire::EndTxnRequest& request) {
  WEIR_TRY(check_id(request.transactional_id));
  return coordinators.transactions().end(request.transactional_id, {request.producer_id, request.producer_epoch},
                                         request.committed ? EndMarkerType::commit : EndMarkerType::abort);
}

}  // namespace

wire::AddOffsetsToTxnResponse add_offsets_to_txn(RequestContext context, wire::AddOffsetsToTxnRequest& request) {
  wire::AddOffsetsToTxnResponse response;
  const auto outcome = add_offsets(context.broker.coordinators(), request);
  response.error_code = code_of(outcome, context);
  response.error_message = wire_message(outcome);
  return response;
}

wire::EndTxnResponse end_txn(RequestContext context, wire::EndTxnRequest& request) {
  wire::EndTxnResponse response;
  const auto outcome = end(context.broker.coordinators(), request);
  response.error_code = code_of(outcome, context);
  response.error_message = wire_message(outcome);
  return response;
}

// WriteTxnMarkers -------------------------------------------------------------------------------------------------

namespace {

Result<> write_marker(Broker& broker, const TopicPartition& partition, ProducerIdentity producer, EndMarker marker) {
  WEIR_TRY(broker.coordinators().markers().write(partition, producer, marker));
  WEIR_TRY_VAR(found, broker.topics().find(partition.topic, partition.partition));
  return found->make_durable();
}

}  // namespace

wire::WriteTxnMarkersResponse write_txn_markers(RequestContext context, wire::WriteTxnMarkersRequest& request) {
  wire::WriteTxnMarkersResponse response;
  for (const auto& wanted : request.markers) {
    auto& answer = response.markers.emplace_back();
    answer.producer_id = wanted.producer_id;
    const ProducerIdentity producer{wanted.producer_id, wanted.producer_epoch};
    const EndMarker marker{wanted.transaction_result ? EndMarkerType::commit : EndMarkerType::abort,
                           wanted.coordinator_epoch};
    for (const auto& topic : wanted.topics) {
      auto& results = answer.topics.emplace_back();
      results.name = topic.name;
      for (auto index : topic.partition_indexes) {
        auto written = write_marker(context.broker, {topic.name, index}, producer, marker);
        results.partitions.push_back({index, wire_code(written)});
      }
    }
  }
  return response;
}

}  // namespace weir::log::broker
