#include "log/broker/group_offsets.h"

#include <array>

#include "log/broker/coordinator_records.h"
#include "log/broker/transactions.h"

namespace weir::log::broker {

namespace {

Result<> apply_batch(Groups& groups, const RecordBatch& batch) {
  TRY_VAR(marker, storage::marker_in(batch));
  if (marker) groups.end_transaction(batch.header.producer_id, marker->type);
  if (batch.header.is_control()) return {};
  std::optional<ProducerId> transaction;
  if (batch.header.is_transactional()) transaction = batch.header.producer_id;
  BatchReader reader;
  TRY(reader.open(batch));
  std::array<RecordView, 64> views;
  for (;;) {
    TRY_VAR(count, reader.fill(views));
    if (count == 0) return {};
    for (std::size_t i = 0; i < count; ++i) {
      TRY_VAR(change, decode_offset(views[i]));
      if (change) groups.apply(*change, views[i].offset, transaction);
    }
  }
}

// The changes stand one after another from `at` on.
void apply_all(Groups& groups, const std::vector<OffsetChange>& changes, Offset at,
               std::optional<ProducerId> transaction) {
  for (const auto& change : changes) {
    groups.apply(change, at, transaction);
    ++at;
  }
}

}  // namespace

Result<> GroupOffsets::load() {
  return shards_.load(apply_batch);
}

Result<std::vector<Result<>>> GroupOffsets::commit(const GroupMember& member,
                                                   const std::vector<OffsetToCommit>& offsets) {
  TRY_VAR(shard, shards_.find_or_make(member.group));
  Groups::Commit decided;
  {
    MutexLock lock(shard->mutex);
    TRY_VAR(commit, shard->state.decide_commit(member, offsets));
    decided = std::move(commit);
  }
  TRY(append_and_apply(*shard, decided.changes));
  return std::move(decided.outcomes);
}

Result<> GroupOffsets::append_and_apply(Shards::Shard& shard, const std::vector<OffsetChange>& changes) {
  if (changes.empty()) return {};
  TRY_VAR(batch, encode_offsets(changes, std::nullopt, clock_.wall_ms()));
  TRY_VAR(appended, shard.partition->append(batch, storage::Origin::coordinator));
  TRY(shard.partition->make_durable());
  MutexLock lock(shard.mutex);
  apply_all(shard.state, changes, appended.base_offset, std::nullopt);
  return {};
}

Result<std::vector<Result<>>> GroupOffsets::commit(const GroupMember& member,
                                                   const std::vector<OffsetToCommit>& offsets, const InTransaction& in,
                                                   Transactions& transactions) {
  TRY_VAR(shard, shards_.find_or_make(member.group));
  // Held over the append, so that a marker is applied behind all that it ends. Not synced: that is the commit's part.
  MutexLock lock(shard->mutex);
  TRY_VAR(decided, shard->state.decide_commit(member, offsets));
  if (decided.changes.empty()) return std::move(decided.outcomes);
  TRY_VAR(batch, encode_offsets(decided.changes, in.producer, clock_.wall_ms()));
  TRY_VAR(appended, transactions.append(in.transactional_id, *shard->partition, batch, storage::Origin::coordinator));
  apply_all(shard->state, decided.changes, appended.base_offset, in.producer.id);
  return std::move(decided.outcomes);
}

Result<std::optional<CommittedOffset>> GroupOffsets::fetch(const std::string& group, const TopicPartition& partition,
                                                           RequireStable stable) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return std::nullopt;
  MutexLock lock(shard->mutex);
  return shard->state.fetch(group, partition, stable);
}

std::vector<TopicPartition> GroupOffsets::partitions_of(const std::string& group) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return {};
  MutexLock lock(shard->mutex);
  return shard->state.partitions_of(group);
}

Result<TopicPartition> GroupOffsets::partition_for(const std::string& group) {
  TRY_VAR(shard, shards_.find_or_make(group));
  return shard->partition->name();
}

Result<> GroupOffsets::end_transaction(PartitionIndex partition, const RecordBatch& marker, EndMarkerType outcome) {
  auto* shard = shards_.at(partition);
  if (shard == nullptr) return {};
  MutexLock lock(shard->mutex);
  TRY(shard->partition->append(marker, storage::Origin::coordinator));
  shard->state.end_transaction(marker.header.producer_id, outcome);
  return {};
}

Result<> GroupOffsets::forget(const std::string& topic) {
  for (auto* shard : shards_.all()) {
    std::vector<OffsetChange> changes;
    {
      MutexLock lock(shard->mutex);
      changes = shard->state.decide_forget(topic);
    }
    TRY(append_and_apply(*shard, changes));
  }
  return {};
}

}  // namespace weir::log::broker
