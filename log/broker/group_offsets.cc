#include "log/broker/group_offsets.h"

#include "log/broker/coordinator_records.h"
#include "log/broker/transactions.h"

namespace weir::log::broker {

namespace {

// The changes stand one after another from `at` on.
void apply_all(Groups& groups, const std::vector<OffsetChange>& changes, Offset at,
               std::optional<ProducerId> transaction) {
  for (const auto& change : changes) {
    groups.offsets().apply(change, at, transaction);
    ++at;
  }
}

}  // namespace

// Commits ---------------------------------------------------------------------------------------------------------

Result<std::vector<Result<>>> GroupOffsets::commit(const MemberIdentity& who,
                                                   const std::vector<OffsetToCommit>& offsets) {
  WEIR_TRY_VAR(shard, shards_.find_or_make(who.group));
  Groups::Commit decided;
  Offset at;
  {
    MutexLock lock(shard->mutex);
    WEIR_TRY(shard->check_served());
    WEIR_TRY_VAR(commit, shard->state.decide_commit(who, offsets, InTransaction::no, group_time(clock_)));
    if (commit.changes.empty()) return std::move(commit.outcomes);
    WEIR_TRY_VAR(batch, encode_offsets(commit.changes, std::nullopt, clock_.wall_ms()));
    WEIR_TRY_VAR(appended, shard->partition->append(batch, storage::Origin::coordinator));
    at = appended.base_offset;
    decided = std::move(commit);
  }
  WEIR_TRY(shard->partition->make_durable());
  MutexLock lock(shard->mutex);
  WEIR_TRY(shard->check_served());
  apply_all(shard->state, decided.changes, at, std::nullopt);
  return std::move(decided.outcomes);
}

Result<std::vector<Result<>>> GroupOffsets::commit(const MemberIdentity& who,
                                                   const std::vector<OffsetToCommit>& offsets,
                                                   const InProducersTransaction& in, Transactions& transactions) {
  WEIR_TRY_VAR(shard, shards_.find_or_make(who.group));
  // Held over the append, so that a marker is applied behind all that it ends. Not synced: that is the commit's part.
  MutexLock lock(shard->mutex);
  WEIR_TRY(shard->check_served());
  WEIR_TRY_VAR(decided, shard->state.decide_commit(who, offsets, InTransaction::yes, group_time(clock_)));
  if (decided.changes.empty()) return std::move(decided.outcomes);
  WEIR_TRY_VAR(batch, encode_offsets(decided.changes, in.producer, clock_.wall_ms()));
  WEIR_TRY_VAR(appended,
               transactions.append(in.transactional_id, *shard->partition, batch, storage::Origin::coordinator));
  apply_all(shard->state, decided.changes, appended.base_offset, in.producer.id);
  return std::move(decided.outcomes);
}

Result<> GroupOffsets::end_transaction(PartitionIndex partition, const RecordBatch& marker, EndMarkerType outcome) {
  auto* shard = shards_.at(partition);
  if (shard == nullptr) return {};
  MutexLock lock(shard->mutex);
  WEIR_TRY(shard->partition->append(marker, storage::Origin::coordinator));
  shard->state.offsets().end_transaction(marker.header.producer_id, outcome);
  return {};
}

// What is committed -----------------------------------------------------------------------------------------------

Result<std::optional<CommittedOffset>> GroupOffsets::fetch(const std::string& group, const TopicPartition& partition,
                                                           RequireStable stable) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return std::nullopt;
  MutexLock lock(shard->mutex);
  WEIR_TRY(shard->check_served());
  return shard->state.offsets().fetch(group, partition, stable);
}

std::vector<TopicPartition> GroupOffsets::partitions_of(const std::string& group) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return {};
  MutexLock lock(shard->mutex);
  return shard->state.offsets().partitions_of(group);
}

std::vector<GroupOffsets::Committed> GroupOffsets::all() {
  std::vector<Committed> all;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    const CommittedOffsets& offsets = shard->state.offsets();
    for (const auto& group : offsets.groups()) {
      for (const auto& partition : offsets.partitions_of(group)) {
        auto found = offsets.fetch(group, partition, RequireStable::no);
        if (found && *found) all.push_back({group, partition, **found});
      }
    }
  }
  return all;
}

Result<> GroupOffsets::set(const Committed& committed) {
  WEIR_TRY_VAR(shard, shards_.find_or_make(committed.group));
  const std::vector<OffsetChange> changes = {{committed.group, committed.partition, committed.offset}};
  WEIR_TRY_VAR(batch, encode_offsets(changes, std::nullopt, clock_.wall_ms()));
  MutexLock lock(shard->mutex);
  WEIR_TRY(shard->check_served());
  WEIR_TRY_VAR(appended, shard->partition->append(batch, storage::Origin::coordinator));
  apply_all(shard->state, changes, appended.base_offset, std::nullopt);
  return {};
}

Result<TopicPartition> GroupOffsets::partition_for(const std::string& group) {
  WEIR_TRY_VAR(shard, shards_.find_or_make(group));
  return shard->partition->name();
}

// What is forgotten -----------------------------------------------------------------------------------------------

Result<> GroupOffsets::append(Shard& shard, const Groups::Forgotten& forgotten) {
  if (forgotten.empty()) return {};
  WEIR_TRY_VAR(batch, encode_forgotten(forgotten, clock_.wall_ms()));
  WEIR_TRY_VAR(appended, shard.partition->append(batch, storage::Origin::coordinator));
  WEIR_TRY(shard.partition->make_durable());
  MutexLock lock(shard.mutex);
  if (shard.is_served) shard.state.apply(forgotten, appended.base_offset);
  return {};
}

Result<std::vector<Result<>>> GroupOffsets::remove(const std::string& group,
                                                   const std::vector<TopicPartition>& partitions) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return fail(ErrorCode::group_id_not_found, "group " + group);
  Groups::OffsetDeletion decided;
  {
    MutexLock lock(shard->mutex);
    WEIR_TRY(shard->check_served());
    WEIR_TRY_VAR(deletion, shard->state.decide_delete_offsets(group, partitions));
    decided = std::move(deletion);
  }
  WEIR_TRY(append(*shard, decided.forgotten));
  return std::move(decided.outcomes);
}

Result<> GroupOffsets::remove_group(const std::string& group) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return fail(ErrorCode::group_id_not_found, "group " + group);
  Groups::Forgotten decided;
  {
    MutexLock lock(shard->mutex);
    WEIR_TRY(shard->check_served());
    WEIR_TRY_VAR(forgotten, shard->state.decide_delete(group));
    decided = std::move(forgotten);
  }
  return append(*shard, decided);
}

Result<> GroupOffsets::forget_topic(const std::string& topic) {
  for (auto* shard : shards_.all()) {
    Groups::Forgotten forgotten;
    {
      MutexLock lock(shard->mutex);
      forgotten.offsets = shard->state.offsets().forget_topic(topic);
    }
    WEIR_TRY(append(*shard, forgotten));
  }
  return {};
}

void GroupOffsets::expire() {
  for (auto* shard : shards_.all()) {
    Groups::Forgotten forgotten;
    {
      MutexLock lock(shard->mutex);
      forgotten = shard->state.decide_expire(clock_.wall_ms());
    }
    (void)append(*shard, forgotten);
  }
}

}  // namespace weir::log::broker
