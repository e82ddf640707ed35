#include "log/broker/groups/records.h"

#include <type_traits>
#include <variant>

#include "log/broker/coordination/coordinator_topics.h"
#include "log/broker/coordination/record_keys.h"
#include "log/model/for_each_record.h"
#include "log/storage/partition_state.h"
#include "log/wire/message.h"
#include "log/wire/messages/group_metadata_record.h"
#include "log/wire/messages/offset_commit_record.h"

namespace weir::log::broker {

namespace {

// The versions that are written: those that every Kafka since 2.1 reads.
constexpr std::int16_t kOffsetKeyVersion = 1;
constexpr std::int16_t kOffsetValueVersion = 3;
constexpr std::int16_t kGroupKeyVersion = 2;
constexpr std::int16_t kGroupValueVersion = 3;
constexpr std::int16_t kConsumerValueVersion = 0;

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

// The version of a key is the kind of the record.
Result<> add(BatchBuilder& builder, const ConsumerRecord& record, std::int64_t now_ms) {
  return std::visit(
      [&](const auto& entry) -> Result<> {
        constexpr std::int16_t kKind = std::remove_cvref_t<decltype(entry.key)>::kMinVersion;
        WEIR_TRY_VAR(key, wire::encoded_with_version(entry.key, kKind));
        if (!entry.value) {
          builder.add(now_ms, Bytes(key), std::nullopt);
          return {};
        }
        WEIR_TRY_VAR(value, wire::encoded_with_version(*entry.value, kConsumerValueVersion));
        builder.add(now_ms, Bytes(key), Bytes(value));
        return {};
      },
      record);
}

}  // namespace

Result<RecordBatch> encode_changes(const std::vector<GroupCoordinator::ConsumerChange>& changes, std::int64_t now_ms) {
  BatchBuilder builder(512);
  for (const auto& change : changes) {
    if (change.ends_classic) WEIR_TRY(add(builder, GroupRecord{change.group, std::nullopt}, now_ms));
    for (const auto& record : change.records) WEIR_TRY(add(builder, record, now_ms));
  }
  return builder.seal({});
}

Result<RecordBatch> encode_group(const GroupRecord& record, std::int64_t now_ms) {
  BatchBuilder builder(512);
  WEIR_TRY(add(builder, record, now_ms));
  return builder.seal({});
}

Result<RecordBatch> encode_forgotten(const GroupCoordinator::Forgotten& forgotten, std::int64_t now_ms) {
  BatchBuilder builder(512);
  for (const auto& change : forgotten.offsets) WEIR_TRY(add(builder, change, now_ms));
  for (const auto& record : forgotten.groups) WEIR_TRY(add(builder, record, now_ms));
  for (const auto& record : forgotten.consumer_groups) WEIR_TRY(add(builder, record, now_ms));
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
  auto version = version_of_key(record.key);
  if (!version || *version < 0 || *version > kOffsetKeyVersion) return std::nullopt;
  auto key = wire::decoded_with_version<wire::OffsetCommitKey>(*record.key);
  if (!key) return wrong_record(kOffsetsTopic, record, key.error());
  OffsetChange change{std::move(key->group), {std::move(key->topic), key->partition}, std::nullopt};
  if (!record.value) return change;
  auto value = wire::decoded_with_version<wire::OffsetCommitValue>(*record.value);
  if (!value) return wrong_record(kOffsetsTopic, record, value.error());
  change.value =
      CommittedOffset{value->offset, value->leader_epoch, std::move(value->metadata), value->commit_timestamp};
  return change;
}

Result<std::optional<GroupRecord>> decode_group(const RecordView& record) {
  if (version_of_key(record.key) != kGroupKeyVersion) return std::nullopt;
  auto key = wire::decoded_with_version<wire::GroupMetadataKey>(*record.key);
  if (!key) return wrong_record(kOffsetsTopic, record, key.error());
  GroupRecord decoded{std::move(key->group), std::nullopt};
  if (!record.value) return decoded;
  auto value = wire::decoded_with_version<wire::GroupMetadataValue>(*record.value);
  if (!value) return wrong_record(kOffsetsTopic, record, value.error());
  decoded.value = *std::move(value);
  return decoded;
}

namespace {

template <class Entry>
Result<std::optional<ConsumerRecord>> decode_entry(const RecordView& record) {
  Entry entry;
  auto key = wire::decoded_with_version<decltype(entry.key)>(*record.key);
  if (!key) return wrong_record(kOffsetsTopic, record, key.error());
  entry.key = *std::move(key);
  if (record.value) {
    auto value = wire::decoded_with_version<typename Entry::Value>(*record.value);
    if (!value) return wrong_record(kOffsetsTopic, record, value.error());
    entry.value = *std::move(value);
  }
  return ConsumerRecord(std::move(entry));
}

// That of the kinds whose key is of the record's version.
template <class... Entries>
Result<std::optional<ConsumerRecord>> decode_one_of(const RecordView& record, std::variant<Entries...>*) {
  const auto version = version_of_key(record.key);
  Result<std::optional<ConsumerRecord>> decoded = std::nullopt;
  (void)((version == decltype(Entries::key)::kMinVersion ? (decoded = decode_entry<Entries>(record), true) : false) ||
         ...);
  return decoded;
}

}  // namespace

Result<std::optional<ConsumerRecord>> decode_consumer(const RecordView& record) {
  return decode_one_of(record, static_cast<ConsumerRecord*>(nullptr));
}

namespace {

Result<> apply_record(GroupCoordinator& groups, const RecordView& record, std::optional<ProducerId> transaction,
                      GroupCoordinator::Now now) {
  WEIR_TRY_VAR(offset, decode_offset(record));
  if (offset) groups.offsets().apply(*offset, record.offset, transaction);
  WEIR_TRY_VAR(group, decode_group(record));
  if (group) groups.load(*group, now);
  WEIR_TRY_VAR(consumer, decode_consumer(record));
  if (consumer) groups.load(*consumer, now);
  return {};
}

}  // namespace

Result<> apply_groups(GroupCoordinator& groups, const RecordBatch& batch, GroupCoordinator::Now now) {
  WEIR_TRY_VAR(marker, storage::marker_in(batch));
  if (marker) groups.offsets().end_transaction(batch.header.producer_id, marker->type);
  if (batch.header.is_control()) return {};
  std::optional<ProducerId> transaction;
  if (batch.header.is_transactional()) transaction = batch.header.producer_id;
  return for_each_record(batch,
                         [&](const RecordView& record) { return apply_record(groups, record, transaction, now); });
}

}  // namespace weir::log::broker
