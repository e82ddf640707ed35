#include "log/broker/transactions/records.h"

#include "log/base/cursor.h"
#include "log/broker/coordination/coordinator_topics.h"
#include "log/broker/coordination/record_keys.h"
#include "log/model/for_each_record.h"
#include "log/wire/message.h"
#include "log/wire/messages/transaction_log_record.h"

namespace weir::log::broker {

namespace {

// A header of the record of `prepare`: Transaction::ends, each as an int64. Kafka ignores it.
constexpr std::string_view kEndsHeader = "weir.ends";

// The versions that are written: those that every Kafka since 2.1 reads.
constexpr std::int16_t kTransactionKeyVersion = 0;
constexpr std::int16_t kTransactionValueVersion = 0;

Result<OwnedBytes> encode_value(const Transaction& transaction) {
  wire::TransactionLogValue value;
  value.producer_id = transaction.producer_id;
  value.producer_epoch = transaction.epoch;
  value.transaction_timeout_ms = transaction.timeout_ms;
  value.transaction_status = static_cast<std::int8_t>(transaction.state);
  value.transaction_partitions.reset();
  if (transaction.state != TransactionState::empty) {
    auto& topics = value.transaction_partitions.emplace();
    for (const auto& [topic, partition] : transaction.partitions) {  // sorted: each topic is one run
      if (topics.empty() || topics.back().topic != topic) topics.push_back({topic, {}});
      topics.back().partition_ids.push_back(partition);
    }
  }
  value.transaction_last_update_timestamp_ms = transaction.last_update_ms;
  value.transaction_start_timestamp_ms = transaction.start_ms;
  return wire::encoded_with_version(value, kTransactionValueVersion);
}

OwnedBytes encode_ends(const std::vector<Offset>& ends) {
  OwnedBytes bytes;
  Writer writer(bytes);
  for (Offset end : ends) writer.int64(end.value());
  return bytes;
}

// None, if they are not one for each partition.
std::vector<Offset> decode_ends(const HeadersView& headers, std::size_t partitions) {
  for (const auto& header : headers.decode()) {
    if (header.key != kEndsHeader || !header.value) continue;
    Reader reader(*header.value);
    std::vector<Offset> ends;
    while (reader.ok() && ends.size() < partitions) ends.emplace_back(reader.int64());
    if (reader.ok() && reader.remaining() == 0) return ends;
  }
  return {};
}

Result<Transaction> decode_value(Bytes bytes) {
  WEIR_TRY_VAR(value, wire::decoded_with_version<wire::TransactionLogValue>(bytes));
  auto state = static_cast<TransactionState>(value.transaction_status);
  if (state < TransactionState::empty || state > TransactionState::prepare_epoch_fence) {
    return fail(ErrorCode::corrupt_data, "transaction status " + std::to_string(value.transaction_status));
  }
  Transaction transaction;
  transaction.producer_id = value.producer_id;
  transaction.epoch = value.producer_epoch;
  transaction.timeout_ms = value.transaction_timeout_ms;
  transaction.state = state;
  if (value.transaction_partitions) {
    for (const auto& topic : *value.transaction_partitions) {
      for (auto partition : topic.partition_ids) transaction.partitions.insert({topic.topic, partition});
    }
  }
  transaction.last_update_ms = value.transaction_last_update_timestamp_ms;
  transaction.start_ms = value.transaction_start_timestamp_ms;
  return transaction;
}

}  // namespace

Result<RecordBatch> encode_transaction(const TxnCoordinator::Change& change, std::int64_t now_ms) {
  WEIR_TRY_VAR(key,
               wire::encoded_with_version(wire::TransactionLogKey{change.transactional_id}, kTransactionKeyVersion));
  BatchBuilder builder(512);
  if (change.next) {
    WEIR_TRY_VAR(value, encode_value(*change.next));
    const OwnedBytes ends = encode_ends(change.next->ends);
    const HeaderView header{kEndsHeader, Bytes(ends)};
    const std::span<const HeaderView> headers(&header, ends.empty() ? 0 : 1);
    builder.add(now_ms, Bytes(key), Bytes(value), headers);
  } else {
    builder.add(now_ms, Bytes(key), std::nullopt);
  }
  return builder.seal({});
}

Result<std::optional<TxnCoordinator::Change>> decode_transaction(const RecordView& record) {
  if (version_of_key(record.key) != kTransactionKeyVersion) return std::nullopt;
  auto key = wire::decoded_with_version<wire::TransactionLogKey>(*record.key);
  if (!key) return wrong_record(kTransactionsTopic, record, key.error());
  TxnCoordinator::Change change{std::move(key->transactional_id), std::nullopt};
  if (!record.value) return change;
  auto value = decode_value(*record.value);
  if (!value) return wrong_record(kTransactionsTopic, record, value.error());
  change.next = *std::move(value);
  change.next->ends = decode_ends(record.headers, change.next->partitions.size());
  return change;
}

Result<> apply_transactions(TxnCoordinator& coordinator, const RecordBatch& batch) {
  if (batch.header.is_control()) return {};
  return for_each_record(batch, [&](const RecordView& record) -> Result<> {
    WEIR_TRY_VAR(change, decode_transaction(record));
    if (change) coordinator.load(change->transactional_id, std::move(change->next));
    return {};
  });
}

}  // namespace weir::log::broker
