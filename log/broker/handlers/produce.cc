#include "log/broker/handlers/produce.h"

#include <algorithm>

#include "log/base/buffer_pool.h"
#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"
#include "log/storage/batch_check.h"

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

// The oldest versions may carry message sets, formats 0 and 1, which no client sends to a broker that takes newer ones.
Result<> check_format(Bytes records, std::int16_t version) {
  constexpr std::size_t kMagicAt = 16;  // in all formats
  constexpr std::int16_t kOnlyBatches = 3;
  if (records.size() <= kMagicAt || records[kMagicAt] == 2) return {};
  const std::string format = "records of format " + std::to_string(static_cast<int>(records[kMagicAt]));
  return fail(version < kOnlyBatches ? ErrorCode::unsupported_version : ErrorCode::invalid_record, format);
}

// A partition's records are exactly one batch. What came over a socket is looked at here, before it is anybody's turn
// to append: every byte is checked, and who could not read its compression when the version was new is told so.
Result<RecordBatch> only_batch(const std::optional<Records>& records, std::int16_t version) {
  constexpr std::int16_t kZstd = 7;
  if (!records || records->parts.size() != 1) return fail(ErrorCode::invalid_record, "not exactly one batch");
  const SharedBytes& bytes = records->parts.front();
  WEIR_TRY(check_format(bytes.view(), version));
  WEIR_TRY_VAR(batch, RecordBatch::parse(bytes, records->trust));
  if (batch.bytes.size() != bytes.size()) return fail(ErrorCode::invalid_record, "not exactly one batch");
  if (batch.trust == Trust::sealed_here) return batch;
  if (batch.header.is_control()) return fail(ErrorCode::invalid_record, "a control batch of a client");
  if (version < kZstd && batch.header.compression() == Compression::zstd) {
    return fail(ErrorCode::unsupported_compression_type, "zstd before version 7");
  }
  WEIR_TRY(storage::check_header(batch.header));
  WEIR_TRY(storage::check_foreign(batch));
  batch.trust = Trust::sealed_here;
  return batch;
}

// How many bytes of records a request has: those of one partition keep the others', as slices of one frame.
std::size_t records_in(const wire::ProduceRequest& request) {
  std::size_t bytes = 0;
  for (const auto& topic : request.topic_data) {
    for (const auto& partition : topic.partition_data) bytes += partition.records ? partition.records->size_bytes() : 0;
  }
  return bytes;
}

// What the log keeps in memory is to hold what it is and not much more.
void hold_alone(RecordBatch& batch, std::size_t frame_bytes) {
  if (batch.bytes.size() >= frame_bytes / 2) return;
  const PooledBuffer own = fitting_buffer(batch.bytes.size());
  std::copy_n(batch.bytes.data(), batch.bytes.size(), own.data.get());
  batch.bytes = SharedBytes(own.data, Bytes(own.data.get(), batch.bytes.size()));
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

struct Call {
  Broker& broker;
  const wire::ProduceRequest& request;
  std::int16_t version;
  std::size_t records_bytes;  // of all partitions
};

Result<> append_part(const Call& call, std::string_view topic, const wire::ProduceRequest::PartitionProduceData& data,
                     ProduceAnswer& answer, std::vector<Open>& open) {
  Broker& broker = call.broker;
  WEIR_TRY_VAR(partition, broker.topics().find(topic, data.index));
  if (is_coordinator_topic(topic)) {
    return fail(ErrorCode::invalid_topic, std::string(topic) + " is written by the log itself");
  }
  WEIR_TRY_VAR(batch, only_batch(data.records, call.version));
  if (data.records->trust == Trust::foreign) hold_alone(batch, call.records_bytes);
  if (const auto policy = partition->policy()) {
    WEIR_TRY_VAR(accepted, policy->accept(std::move(batch), broker.clock().wall_ms()));
    batch = std::move(accepted);
    if (policy->stamps()) answer.log_append_time_ms = batch.header.max_timestamp;
  }
  WEIR_TRY_VAR(appended, append(broker, call.request, *partition, batch));
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
  const Call call{broker, request, context.version, records_in(request)};
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
      auto appended = append_part(call, topic.name, topic.partition_data[i], answer, open);
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
