#include "log/broker/handlers/produce.h"

#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "log/broker/broker.h"
#include "log/broker/handlers/errors.h"

namespace weir::log::broker {

namespace {

using ProduceAnswer = wire::ProduceResponse::PartitionProduceResponse;

// A partition's batch, appended but not yet safe.
struct Written {
  ProduceAnswer* answer;
  std::shared_ptr<Partition> partition;  // shared: with Topics
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

Result<storage::Appended> append(Broker& broker, const std::optional<std::string>& transactional_id,
                                 Partition& partition, const RecordBatch& batch) {
  if (!batch.header.is_transactional()) return partition.append(batch, storage::Origin::client);
  if (!transactional_id) return fail(ErrorCode::invalid_txn_state, "a transaction's batch without transactional id");
  return broker.coordinators().transactions().append(*transactional_id, partition, batch, storage::Origin::client);
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
                     std::vector<Written>& written) {
  WEIR_TRY_VAR(partition, broker.topics().find(topic, data.index));
  if (is_coordinator_topic(topic)) {
    return fail(ErrorCode::invalid_topic, std::string(topic) + " is written by the log itself");
  }
  WEIR_TRY_VAR(batch, only_batch(data.records));
  if (const auto policy = partition->policy()) {
    WEIR_TRY_VAR(accepted, policy->accept(std::move(batch), request.acks, broker.clock().wall_ms()));
    batch = std::move(accepted);
    if (policy->stamps()) answer.log_append_time_ms = batch.header.max_timestamp;
  }
  WEIR_TRY_VAR(appended, append(broker, request.transactional_id, *partition, batch));
  warn_of_times(broker, *partition, batch.header);
  answer.base_offset = appended.base_offset;
  answer.log_start_offset = partition->log_start();
  if (must_be_durable_now(batch)) written.push_back({&answer, std::move(partition)});
  return {};
}

void make_durable(Topics& topics, const std::vector<Written>& written) {
  std::vector<std::shared_ptr<Partition>> partitions;
  for (const auto& one : written) partitions.push_back(one.partition);
  const auto outcomes = topics.make_durable(partitions, AsOne::no);
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (!outcomes[i]) set_error(*written[i].answer, outcomes[i].error());
  }
}

bool is_legal_acks(std::int16_t acks) {
  return acks == -1 || acks == 0 || acks == 1;
}

}  // namespace

wire::ProduceResponse produce(RequestContext context, wire::ProduceRequest& request) {
  wire::ProduceResponse response;
  std::vector<Written> written;
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
      auto appended = append_part(context.broker, request, topic.name, topic.partition_data[i], answer, written);
      if (!appended) set_error(answer, appended.error());
    }
    answers.name = std::move(topic.name);
  }
  make_durable(context.broker.topics(), written);
  return response;
}

}  // namespace weir::log::broker
