// The records of __consumer_offsets, in Apache Kafka's own formats: an int16 version and a message as key and as value.
// What this reads it may have written itself, or a Kafka broker; keys of a version that is not known are another kind
// of record, and skipped.
#pragma once

#include <optional>
#include <vector>

#include "log/base/result.h"
#include "log/broker/coordination/producer_identity.h"
#include "log/broker/groups/coordinator.h"
#include "log/model/record_batch.h"

namespace weir::log::broker {

// Batches of at least one record. Offsets in the producer's name, if they are part of its transaction.
Result<RecordBatch> encode_offsets(const std::vector<OffsetChange>& changes,
                                   const std::optional<ProducerIdentity>& transaction, std::int64_t now_ms);
Result<RecordBatch> encode_group(const GroupRecord& record, std::int64_t now_ms);
Result<RecordBatch> encode_changes(const std::vector<GroupCoordinator::ConsumerChange>& changes, std::int64_t now_ms);
Result<RecordBatch> encode_forgotten(const GroupCoordinator::Forgotten& forgotten, std::int64_t now_ms);
// corrupt_data
Result<std::optional<OffsetChange>> decode_offset(const RecordView& record);
Result<std::optional<GroupRecord>> decode_group(const RecordView& record);
Result<std::optional<ConsumerRecord>> decode_consumer(const RecordView& record);

// Applies a batch of the topic. The sessions of members that are read begin `now`. corrupt_data.
Result<> apply_groups(GroupCoordinator& groups, const RecordBatch& batch, GroupCoordinator::Now now);

}  // namespace weir::log::broker
