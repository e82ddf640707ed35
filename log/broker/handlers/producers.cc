#include "log/broker/handlers/producers.h"

#include <algorithm>
#include <array>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

struct StateName {
  TransactionState state;
  std::string_view name;
};
constexpr StateName kStates[] = {
    {TransactionState::empty, "Empty"},
    {TransactionState::ongoing, "Ongoing"},
    {TransactionState::prepare_commit, "PrepareCommit"},
    {TransactionState::prepare_abort, "PrepareAbort"},
    {TransactionState::complete_commit, "CompleteCommit"},
    {TransactionState::complete_abort, "CompleteAbort"},
    {TransactionState::dead, "Dead"},
    {TransactionState::prepare_epoch_fence, "PrepareEpochFence"},
};

std::string_view name_of(TransactionState state) {
  return std::ranges::find(kStates, state, &StateName::state)->name;
}

Result<> describe(Broker& broker, const std::string& topic,
                  wire::DescribeProducersResponse::PartitionResponse& answer) {
  WEIR_TRY_VAR(partition, broker.topics().find(topic, answer.partition_index));
  const auto producers =
      partition->with_log([](storage::PartitionLog& log) { return log.producers().active_producers(); });
  for (const auto& producer : producers) {
    auto& told = answer.active_producers.emplace_back();
    told.producer_id = producer.id;
    told.producer_epoch = producer.epoch.value();
    told.last_sequence = producer.last_sequence;
    told.last_timestamp = producer.last_timestamp_ms;
    told.coordinator_epoch = producer.coordinator_epoch;
    told.current_txn_start_offset = producer.transaction_start.value_or(kNoOffset);
  }
  return {};
}

}  // namespace

wire::DescribeProducersResponse describe_producers(RequestContext context, wire::DescribeProducersRequest& request) {
  wire::DescribeProducersResponse response;
  for (const auto& topic : request.topics) {
    auto& answers = response.topics.emplace_back();
    answers.name = topic.name;
    for (auto index : topic.partition_indexes) {
      auto& answer = answers.partitions.emplace_back();
      answer.partition_index = index;
      auto described = describe(context.broker, topic.name, answer);
      answer.error_code = wire_code(described);
      answer.error_message = wire_message(described);
    }
  }
  return response;
}

wire::DescribeTransactionsResponse describe_transactions(RequestContext context,
                                                         wire::DescribeTransactionsRequest& request) {
  wire::DescribeTransactionsResponse response;
  for (auto& id : request.transactional_ids) {
    auto& answer = response.transaction_states.emplace_back();
    auto found = context.broker.coordinators().transactions().describe(id);
    answer.transactional_id = std::move(id);
    if (!found) {
      answer.error_code = ErrorCode::transactional_id_not_found;
      continue;
    }
    answer.transaction_state = name_of(found->state);
    answer.transaction_timeout_ms = found->timeout_ms;
    answer.transaction_start_time_ms = found->start_ms;
    answer.producer_id = found->producer_id;
    answer.producer_epoch = found->epoch;
    for (const auto& [topic, partition] : found->partitions) {  // sorted: each topic is one run
      if (answer.topics.empty() || answer.topics.back().topic != topic) answer.topics.push_back({topic, {}});
      answer.topics.back().partitions.push_back(partition);
    }
  }
  return response;
}

wire::ListTransactionsResponse list_transactions(RequestContext context, wire::ListTransactionsRequest& request) {
  wire::ListTransactionsResponse response;
  for (const auto& state : request.state_filters) {
    if (std::ranges::find(kStates, state, &StateName::name) == std::end(kStates)) {
      response.unknown_state_filters.push_back(state);
    }
  }
  const auto& states = request.state_filters;
  const auto& producers = request.producer_id_filters;
  const std::int64_t now_ms = context.broker.clock().wall_ms();
  for (auto& [id, transaction] : context.broker.coordinators().transactions().list()) {
    const auto state = name_of(transaction.state);
    const bool has_state = states.empty() || std::ranges::find(states, state) != states.end();
    const bool has_producer =
        producers.empty() || std::ranges::find(producers, transaction.producer_id) != producers.end();
    const bool is_old = request.duration_filter < 0 || (transaction.state == TransactionState::ongoing &&
                                                        now_ms - transaction.start_ms > request.duration_filter);
    if (!has_state || !has_producer || !is_old) continue;
    response.transaction_states.push_back({std::move(id), transaction.producer_id, std::string(state)});
  }
  return response;
}

}  // namespace weir::log::broker
