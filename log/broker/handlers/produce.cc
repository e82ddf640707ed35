#include "log/broker/handlers/produce.h"

#include <algorithm>

#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

using ProduceAnswer = wire::ProduceResponse::PartitionProduceResponse;

// A partition's batch, appended but not yet safe.
struct Open {
  ProduceAnswer* answer;
  std::shared_ptr<Partition> partition;  // shared: with Topics
  Offset end;
};

void set_error(ProduceAnswer& answer, const Error& error) {
  answer.error_code = wire_code(error);
  answer.error_message = wire_message(error);
  answer.base_offset = kNoOffset;
}

// From version 3 on a partition's records are exactly one batch.
Result<RecordBatch> only_batch(const std::optional<Records>& records) {
  if (!records || records->parts.size() != 1) return fail(ErrorCode::invalid_record, "not exactly one batch");
  WEIR_TRY_VAR(batch, RecordBatch::parse(records->parts.front(), records->trust));
  if (batch.bytes.size() != records->parts.front().size()) {
    return fail(ErrorCode::invalid_record, "not exactly one batch");
  }
  return batch;
}

Until until(std::int16_t acks) {
  return acks == -1 ? Until::committed : Until::written;
}

Result<Partition::Appended> append(Broker& broker, const wire::ProduceRequest& request, Partition& partition,
                                   const RecordBatch& batch) {
  const Until wanted = until(request.acks);
  if (!batch.header.is_transactional()) return partition.append(batch, storage::Origin::client, wanted);
  const auto& id = request.transactional_id;
  if (!id) return fail(ErrorCode::invalid_txn_state, "a transaction's batch without transactional id");
  return broker.coordinators().transactions().append(*id, partition, batch, storage::Origin::client, wanted);
}

// Once for each partition: such a time moves stream times and keeps what goes by records' times from ever ending.
void warn_of_times(Broker& broker, Partition& partition, const BatchHeader& header) {
  constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1'000;
  if (header.max_timestamp < kDayMs || partition.has_told_of_times()) return;
  const std::int64_t now_ms = broker.clock().wall_ms();
  if (header.max_timestamp <= saturated_sum(now_ms, kDayMs)) return;
  partition.told_of_times();
  log_line::warn(
      "{}: a record's time, {} ms, lies more than a day ahead of the clock ({} ms); "
      "message.timestamp.after.max.ms=86400000 would refuse it",
      partition.name().to_string(), header.max_timestamp, now_ms);
}

// What is part of a transaction is made durable by its commit, everything else before it is answered.
bool must_be_durable_now(const RecordBatch& batch) {
  return !batch.header.is_transactional();
}

Result<> append_part(Broker& broker, const wire::ProduceRequest& request, std::string_view topic,
                     const wire::ProduceRequest::PartitionProduceData& data, ProduceAnswer& answer,
                     std::vector<Open>& open) {
  WEIR_TRY_VAR(partition, broker.topics().find(topic, data.index));
  if (is_coordinator_topic(topic)) {
    return fail(ErrorCode::invalid_topic, std::string(topic) + " is written by the log itself");
  }
  WEIR_TRY_VAR(batch, only_batch(data.records));
  if (const auto policy = partition->policy()) {
    WEIR_TRY_VAR(accepted, policy->accept(std::move(batch), broker.clock().wall_ms()));
    batch = std::move(accepted);
    if (policy->stamps()) answer.log_append_time_ms = batch.header.max_timestamp;
  }
  WEIR_TRY_VAR(appended, append(broker, request, *partition, batch));
  warn_of_times(broker, *partition, batch.header);
  answer.base_offset = appended.base_offset;
  answer.log_start_offset = appended.log_start;
  if (!appended.is_done && must_be_durable_now(batch)) open.push_back({&answer, std::move(partition), appended.end});
  return {};
}

// Those that are not known yet are left.
void settle(std::vector<Open>& open, Until wanted) {
  std::erase_if(open, [wanted](const Open& one) {
    const auto known = one.partition->outcome(one.end, wanted);
    if (known && !*known) set_error(*one.answer, known->error());
    return known.has_value();
  });
}

Task<Result<>> answer_when_known(std::vector<Open> open, Until wanted, Deadline deadline, Executor& executor) {
  for (auto& one : open) {
    // The deadline is for what other replicas must do; this node's own sync ends by itself.
    auto outcome = co_await committed(one.partition, one.end, Until::written, std::nullopt, executor);
    if (outcome) outcome = co_await committed(one.partition, one.end, wanted, deadline, executor);
    if (!outcome) set_error(*one.answer, outcome.error());
  }
  co_return Result<>{};
}

bool is_legal_acks(std::int16_t acks) {
  return acks == -1 || acks == 0 || acks == 1;
}

}  // namespace

Later produce(RequestContext context, wire::ProduceRequest& request, wire::ProduceResponse& response) {
  Broker& broker = context.broker;
  std::vector<Open> open;
  response.responses.reserve(request.topic_data.size());
  for (auto& topic : request.topic_data) {
    auto& answers = response.responses.emplace_back();
    answers.partition_responses.resize(topic.partition_data.size());
    for (std::size_t i = 0; i < topic.partition_data.size(); ++i) {
      auto& answer = answers.partition_responses[i];
      answer.index = topic.partition_data[i].index;
      if (!is_legal_acks(request.acks)) {
        set_error(answer, {ErrorCode::invalid_required_acks, std::to_string(request.acks)});
        continue;
      }
      auto appended = append_part(broker, request, topic.name, topic.partition_data[i], answer, open);
      if (!appended) set_error(answer, appended.error());
    }
    answers.name = std::move(topic.name);
  }
  if (open.empty()) return std::nullopt;
  std::vector<Wish> wishes;
  for (const auto& one : open) wishes.push_back({one.partition, SyncIf::wanted});
  broker.topics().syncer().ask(std::move(wishes));
  if (request.acks == 0) return std::nullopt;
  const Until wanted = until(request.acks);
  settle(open, wanted);
  if (open.empty()) return std::nullopt;
  const Deadline deadline{broker.timers(), broker.clock().deadline_ns(Millis(std::max(request.timeout_ms, 0)))};
  return answer_when_known(std::move(open), wanted, deadline, context.executor);
}

}  // namespace weir::log::broker
