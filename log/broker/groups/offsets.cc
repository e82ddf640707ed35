// GroupService: offsets.
#include "log/broker/groups/records.h"
#include "log/broker/groups/service.h"

namespace weir::log::broker {

namespace {

// The changes stand one after another from `at` on.
void apply_all(GroupCoordinator& groups, const std::vector<OffsetChange>& changes, Offset at,
               std::optional<ProducerId> transaction) {
  for (const auto& change : changes) {
    groups.offsets().apply(change, at, transaction);
    ++at;
  }
}

}  // namespace

// Commits ---------------------------------------------------------------------------------------------------------

Task<Result<GroupService::Outcomes>> GroupService::commit(MemberIdentity who, std::vector<OffsetToCommit> offsets,
                                                          Executor& executor) {
  WEIR_CO_TRY_VAR(shard, co_await shards_.find_or_make(who.group, executor));
  Outcomes outcomes;
  auto written = shard->change([&](GroupCoordinator& groups) -> Shard::Decided {
    WEIR_TRY_VAR(commit, groups.decide_commit(who, offsets, InTransaction::no, now()));
    outcomes = std::move(commit.outcomes);
    if (commit.changes.empty()) return std::nullopt;
    WEIR_TRY_VAR(batch, encode_offsets(commit.changes, std::nullopt, clock_.wall_ms()));
    auto settle = [changes = std::move(commit.changes)](GroupCoordinator& then, const Result<Offset>& at) {
      if (at) apply_all(then, changes, *at, std::nullopt);
    };
    return Entry{std::move(batch), std::move(settle), own(*shard)};
  });
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  co_return outcomes;
}

// A marker is applied behind all that it ends: what it ends is applied where it is appended.
Task<Result<GroupService::Outcomes>> GroupService::commit(MemberIdentity who, std::vector<OffsetToCommit> offsets,
                                                          InProducersTransaction in, Executor& executor) {
  WEIR_CO_TRY_VAR(shard, co_await shards_.find_or_make(who.group, executor));
  Outcomes outcomes;
  auto written = shard->change([&](GroupCoordinator& groups) -> Shard::Decided {
    WEIR_TRY_VAR(commit, groups.decide_commit(who, offsets, InTransaction::yes, now()));
    outcomes = std::move(commit.outcomes);
    if (commit.changes.empty()) return std::nullopt;
    WEIR_TRY_VAR(batch, encode_offsets(commit.changes, in.producer, clock_.wall_ms()));
    auto settle = [changes = std::move(commit.changes), producer = in.producer.id](GroupCoordinator& then,
                                                                                   const Result<Offset>& at) {
      if (at) apply_all(then, changes, *at, producer);
    };
    return Entry{std::move(batch), std::move(settle), {}, in.append};
  });
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  co_return outcomes;
}

Result<> GroupService::end_transaction(PartitionIndex partition, const RecordBatch& marker, EndMarkerType outcome) {
  auto* shard = shards_.at(partition);
  if (shard == nullptr) return {};
  MutexLock lock(shard->mutex);
  if (!shard->check_served()) {  // whoever reads the partition the next time finds it
    WEIR_TRY(shard->partition->append(marker, storage::Origin::coordinator));
    return {};
  }
  auto settle = [producer = marker.header.producer_id, outcome](GroupCoordinator& groups, const Result<Offset>& at) {
    if (at) groups.offsets().end_transaction(producer, outcome);
  };
  const auto written = shard->append(Entry{marker, std::move(settle)});
  return *written.known ? Result<>{} : fail(written.known->error());
}

// What is committed -----------------------------------------------------------------------------------------------

Result<std::optional<CommittedOffset>> GroupService::fetch(const std::string& group, const TopicPartition& partition,
                                                           RequireStable stable) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return std::nullopt;
  return shard->look([&](GroupCoordinator& groups) { return groups.offsets().fetch(group, partition, stable); });
}

std::vector<TopicPartition> GroupService::partitions_of(const std::string& group) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) return {};
  MutexLock lock(shard->mutex);
  return shard->state.offsets().partitions_of(group);
}

std::vector<GroupService::Committed> GroupService::all() {
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

Task<Result<>> GroupService::set(Committed committed, Executor& executor) {
  WEIR_CO_TRY_VAR(shard, co_await shards_.find_or_make(committed.group, executor));
  auto written = shard->change([&](GroupCoordinator&) -> Shard::Decided {
    std::vector<OffsetChange> changes = {{committed.group, committed.partition, committed.offset}};
    WEIR_TRY_VAR(batch, encode_offsets(changes, std::nullopt, clock_.wall_ms()));
    auto settle = [changes = std::move(changes)](GroupCoordinator& groups, const Result<Offset>& at) {
      if (at) apply_all(groups, changes, *at, std::nullopt);
    };
    return Entry{std::move(batch), std::move(settle), own(*shard)};
  });
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  co_return Result<>{};
}

Task<Result<TopicPartition>> GroupService::partition_for(std::string group, Executor& executor) {
  WEIR_CO_TRY_VAR(shard, co_await shards_.find_or_make(std::move(group), executor));
  co_return shard->partition->name();
}

// What is forgotten -----------------------------------------------------------------------------------------------

Result<GroupService::Entry> GroupService::forgetting(Shard& shard, GroupCoordinator::Forgotten forgotten) const {
  WEIR_TRY_VAR(batch, encode_forgotten(forgotten, clock_.wall_ms()));
  auto settle = [forgotten = std::move(forgotten)](GroupCoordinator& groups, const Result<Offset>& at) {
    if (at) groups.apply(forgotten, *at);
  };
  return Entry{std::move(batch), std::move(settle), own(shard)};
}

Task<Result<GroupService::Outcomes>> GroupService::remove(std::string group, std::vector<TopicPartition> partitions,
                                                          Executor& executor) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) co_return fail(ErrorCode::group_id_not_found, "group " + group);
  Outcomes outcomes;
  auto written = shard->change([&](GroupCoordinator& groups) -> Shard::Decided {
    WEIR_TRY_VAR(deletion, groups.decide_delete_offsets(group, partitions));
    outcomes = std::move(deletion.outcomes);
    if (deletion.forgotten.empty()) return std::nullopt;
    return forgetting(*shard, std::move(deletion.forgotten));
  });
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  co_return outcomes;
}

Task<Result<>> GroupService::remove_group(std::string group, Executor& executor) {
  auto* shard = shards_.find(group);
  if (shard == nullptr) co_return fail(ErrorCode::group_id_not_found, "group " + group);
  auto written = shard->change([&](GroupCoordinator& groups) -> Shard::Decided {
    WEIR_TRY_VAR(forgotten, groups.decide_delete(group));
    if (forgotten.empty()) return std::nullopt;
    return forgetting(*shard, std::move(forgotten));
  });
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  co_return Result<>{};
}

Task<Result<>> GroupService::forget_topic(std::string topic, Executor& executor) {
  for (auto* shard : shards_.all()) {
    auto written = shard->change([&](GroupCoordinator& groups) -> Shard::Decided {
      GroupCoordinator::Forgotten forgotten{groups.offsets().forget_topic(topic), {}};
      if (forgotten.empty()) return std::nullopt;
      return forgetting(*shard, std::move(forgotten));
    });
    WEIR_CO_TRY(co_await settled(std::move(written), executor));
  }
  co_return Result<>{};
}

Task<Result<>> GroupService::expire(Executor& executor) {
  for (auto* shard : shards_.all()) {
    auto written = shard->change([&](GroupCoordinator& groups) -> Shard::Decided {
      auto forgotten = groups.decide_expire(clock_.wall_ms());
      if (forgotten.empty()) return std::nullopt;
      return forgetting(*shard, std::move(forgotten));
    });
    (void)co_await settled(std::move(written), executor);
  }
  co_return Result<>{};
}

}  // namespace weir::log::broker
