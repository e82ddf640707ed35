#include "log/client/transaction_admin.h"

#include <algorithm>

#include "log/client/coordinator_call.h"
#include "log/client/every_broker.h"
#include "log/wire/messages/describe_producers.h"
#include "log/wire/messages/describe_transactions.h"
#include "log/wire/messages/list_transactions.h"
#include "log/wire/messages/write_txn_markers.h"

namespace weir::log {

namespace {

Error transaction_outcome(const wire::DescribeTransactionsResponse& response) {
  if (response.transaction_states.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the id"};
  return {response.transaction_states.front().error_code, {}};
}

Error producers_outcome(const wire::DescribeProducersResponse& response) {
  if (response.topics.size() != 1 || response.topics.front().partitions.size() != 1) {
    return {ErrorCode::unknown_server_error, "no answer for the partition"};
  }
  const auto& answer = response.topics.front().partitions.front();
  return {answer.error_code, answer.error_message.value_or("")};
}

Error markers_outcome(const wire::WriteTxnMarkersResponse& response) {
  const bool is_one = response.markers.size() == 1 && response.markers.front().topics.size() == 1 &&
                      response.markers.front().topics.front().partitions.size() == 1;
  if (!is_one) return {ErrorCode::unknown_server_error, "no answer for the partition"};
  return {response.markers.front().topics.front().partitions.front().error_code, {}};
}

// One request to a partition's leader, again and elsewhere while that helps.
template <class Request>
Task<Result<typename Request::Response>> call_leader(Connection& connection, ClusterView& view,
                                                     TopicPartition partition, Request request,
                                                     Error (*outcome_of)(const typename Request::Response&)) {
  const std::vector<std::string> topics(1, partition.topic);
  WEIR_CO_TRY(co_await view.learn(topics));
  Retry retry = connection.retry();
  for (;;) {
    const auto* known = view.find(partition);
    if (known == nullptr) co_return fail(ErrorCode::unknown_topic_or_partition, partition.to_string());
    auto response = co_await connection.call(known->leader, request);
    Error error = response ? outcome_of(*response) : response.error();
    if (response && error.code == ErrorCode::none) co_return response;
    if (!co_await retry.again_if(cure_of(error.code) != Cure::none)) co_return fail(error.at(partition.to_string()));
    (void)co_await view.learn_again(topics);  // what is wrong with that the next try tells
  }
}

}  // namespace

Task<Result<std::vector<TransactionListing>>> list_transactions(Connection& connection) {
  wire::ListTransactionsRequest request;
  WEIR_CO_TRY_VAR(responses, co_await call_every_broker(connection, std::move(request)));
  std::vector<TransactionListing> transactions;
  for (auto& response : responses) {
    for (auto& one : response.transaction_states) {
      transactions.push_back({std::move(one.transactional_id), one.producer_id, std::move(one.transaction_state)});
    }
  }
  co_return transactions;
}

Task<Result<TransactionDescription>> describe_transaction(Connection& connection, ClusterView& view, std::string id) {
  wire::DescribeTransactionsRequest request;
  request.transactional_ids = {id};
  auto response = co_await call_coordinator(connection, view, wire::CoordinatorType::transaction, id,
                                            std::move(request), transaction_outcome);
  if (!response) co_return fail(response.error().at("transactional id " + id));
  const auto& told = response->transaction_states.front();
  TransactionDescription described{.transactional_id = id,
                                   .state = told.transaction_state,
                                   .producer_id = told.producer_id,
                                   .producer_epoch = told.producer_epoch,
                                   .timeout = Millis(told.transaction_timeout_ms),
                                   .partitions = {}};
  if (told.transaction_start_time_ms >= 0) described.start_ms = told.transaction_start_time_ms;
  for (const auto& topic : told.topics) {
    for (const PartitionIndex partition : topic.partitions) described.partitions.push_back({topic.topic, partition});
  }
  co_return described;
}

Task<Result<std::vector<ActiveProducer>>> active_producers(Connection& connection, ClusterView& view,
                                                           TopicPartition partition) {
  wire::DescribeProducersRequest request;
  request.topics.push_back({partition.topic, {partition.partition}});
  WEIR_CO_TRY_VAR(response, co_await call_leader(connection, view, partition, std::move(request), producers_outcome));
  std::vector<ActiveProducer> producers;
  for (const auto& told : response.topics.front().partitions.front().active_producers) {
    auto& producer = producers.emplace_back(ActiveProducer{
        .id = told.producer_id,
        .epoch = ProducerEpoch(static_cast<std::int16_t>(told.producer_epoch)),
        .last_sequence = told.last_sequence,
        .last_timestamp_ms = told.last_timestamp,
        .coordinator_epoch = told.coordinator_epoch,
    });
    if (told.current_txn_start_offset >= Offset(0)) producer.transaction_start = told.current_txn_start_offset;
  }
  co_return producers;
}

Task<Result<>> abort_transaction(Connection& connection, ClusterView& view, TopicPartition partition, Offset start) {
  WEIR_CO_TRY_VAR(producers, co_await active_producers(connection, view, partition));
  const auto found = std::ranges::find(producers, std::optional(start), &ActiveProducer::transaction_start);
  if (found == producers.end()) {
    co_return fail(ErrorCode::not_found,
                   partition.to_string() + ": no open transaction begins at offset " + std::to_string(start.value()));
  }
  wire::WriteTxnMarkersRequest request;
  auto& marker = request.markers.emplace_back();
  marker.producer_id = found->id;
  marker.producer_epoch = found->epoch;
  marker.coordinator_epoch = std::max(found->coordinator_epoch, CoordinatorEpoch(0));  // of one that never ended any
  marker.topics.push_back({partition.topic, {partition.partition}});
  WEIR_CO_TRY(co_await call_leader(connection, view, partition, std::move(request), markers_outcome));
  co_return Result<>{};
}

}  // namespace weir::log
