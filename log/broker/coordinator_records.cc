#include "log/broker/coordinator_records.h"

#include "log/base/cursor.h"
#include "log/wire/message.h"
#include "log/wire/messages/group_metadata_record.h"
#include "log/wire/messages/offset_commit_record.h"
#include "log/wire/messages/transaction_log_record.h"

namespace weir::log::broker {

namespace {

// A header of the record of `prepare`: Transaction::ends, each as an int64. Kafka ignores it.
constexpr std::string_view kEndsHeader = "weir.ends";

// The versions that are written: those that every Kafka since 2.1 reads.
constexpr std::int16_t kTransactionKeyVersion = 0;
constexpr std::int16_t kTransactionValueVersion = 0;
constexpr std::int16_t kOffsetKeyVersion = 1;
constexpr std::int16_t kOffsetValueVersion = 3;
constexpr std::int16_t kGroupKeyVersion = 2;
constexpr std::int16_t kGroupValueVersion = 3;

std::optional<std::int16_t> version_of(const NullableBytes& key) {
  Reader reader(key.value_or(Bytes()));
  std::int16_t version = reader.int16();
  return reader.ok() ? std::optional(version) : std::nullopt;
}

tl::unexpected<Error> wrong(const char* topic, const RecordView& record, const Error& why) {
  return fail(ErrorCode::corrupt_data,
              std::string(topic) + ", offset " + std::to_string(record.offset.value()) + ": " + why.to_string());
}

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
  if (version_of(record.key) != kTransactionKeyVersion) return std::nullopt;
  auto key = wire::decoded_with_version<wire::TransactionLogKey>(*record.key);
  if (!key) return wrong("__transaction_state", record, key.error());
  TxnCoordinator::Change change{std::move(key->transactional_id), std::nullopt};
  if (!record.value) return change;
  auto value = decode_value(*record.value);
  if (!value) return wrong("__transaction_state", record, value.error());
  change.next = *std::move(value);
  change.next->ends = decode_ends(record.headers, change.next->partitions.size());
  return change;
}

namespace {

Result<> add(BatchBuilder& builder, const OffsetChange& change, std::int64_t now_ms) {
  const wire::OffsetCommitKey message{change.group, change.partition.topic, change.partition.partition};
  WEIR_TRY_VAR(key, wire::encoded_with_version(message, kOffsetKeyVersion));
  if (!change.value) {
    builder.add(now_ms, Bytes(key), std::nullopt);
    return {};
  }
  wire::OffsetCommitValue value;
  value.offset = change.value->offset;
  value.leader_epoch = change.value->leader_epoch;
  value.metadata = change.value->metadata;
  value.commit_timestamp = change.value->commit_ms;
  WEIR_TRY_VAR(bytes, wire::encoded_with_version(value, kOffsetValueVersion));
  builder.add(now_ms, Bytes(key), Bytes(bytes));
  return {};
}

Result<> add(BatchBuilder& builder, const GroupRecord& record, std::int64_t now_ms) {
  WEIR_TRY_VAR(key, wire::encoded_with_version(wire::GroupMetadataKey{record.group}, kGroupKeyVersion));
  if (!record.value) {
    builder.add(now_ms, Bytes(key), std::nullopt);
    return {};
  }
  WEIR_TRY_VAR(value, wire::encoded_with_version(*record.value, kGroupValueVersion));
  builder.add(now_ms, Bytes(key), Bytes(value));
  return {};
}

}  // namespace

Result<RecordBatch> encode_group(const GroupRecord& record, std::int64_t now_ms) {
  BatchBuilder builder(512);
  WEIR_TRY(add(builder, record, now_ms));
  return builder.seal({});
}

Result<RecordBatch> encode_forgotten(const Groups::Forgotten& forgotten, std::int64_t now_ms) {
  BatchBuilder builder(512);
  for (const auto& change : forgotten.offsets) WEIR_TRY(add(builder, change, now_ms));
  for (const auto& record : forgotten.groups) WEIR_TRY(add(builder, record, now_ms));
  return builder.seal({});
}

Result<RecordBatch> encode_offsets(const std::vector<OffsetChange>& changes,
                                   const std::optional<ProducerIdentity>& transaction, std::int64_t now_ms) {
  BatchBuilder builder(512);
  for (const auto& change : changes) WEIR_TRY(add(builder, change, now_ms));
  BatchOptions options;
  if (transaction) {
    options.producer_id = transaction->id;
    options.producer_epoch = transaction->epoch;
    options.is_transactional = true;
  }
  return builder.seal(options);
}

Result<std::optional<OffsetChange>> decode_offset(const RecordView& record) {
  auto version = version_of(record.key);
  if (!version || *version < 0 || *version > kOffsetKeyVersion) return std::nullopt;
  auto key = wire::decoded_with_version<wire::OffsetCommitKey>(*record.key);
  if (!key) return wrong("__consumer_offsets", record, key.error());
  OffsetChange change{std::move(key->group), {std::move(key->topic), key->partition}, std::nullopt};
  if (!record.value) return change;
  auto value = wire::decoded_with_version<wire::OffsetCommitValue>(*record.value);
  if (!value) return wrong("__consumer_offsets", record, value.error());
  change.value =
      CommittedOffset{value->offset, value->leader_epoch, std::move(value->metadata), value->commit_timestamp};
  return change;
}

Result<std::optional<GroupRecord>> decode_group(const RecordView& record) {
  if (version_of(record.key) != kGroupKeyVersion) return std::nullopt;
  auto key = wire::decoded_with_version<wire::GroupMetadataKey>(*record.key);
  if (!key) return wrong("__consumer_offsets", record, key.error());
  GroupRecord decoded{std::move(key->group), std::nullopt};
  if (!record.value) return decoded;
  auto value = wire::decoded_with_version<wire::GroupMetadataValue>(*record.value);
  if (!value) return wrong("__consumer_offsets", record, value.error());
  decoded.value = *std::move(value);
  return decoded;
}

}  // namespace weir::log::broker
