#include "log/broker/groups/committed_offsets.h"

#include <algorithm>
#include <set>

namespace weir::log::broker {

void CommittedOffsets::apply(const OffsetChange& change, Offset position, std::optional<ProducerId> transaction) {
  if (transaction) {
    transactions_[*transaction].push_back({change, position});
  } else {
    apply_now(change, position);
  }
}

void CommittedOffsets::apply_now(const OffsetChange& change, Offset position) {
  Applied& applied =
      groups_[change.group].try_emplace(change.partition, Applied{std::nullopt, kNoOffset}).first->second;
  if (applied.position <= position) applied = {change.value, position};
}

void CommittedOffsets::end_transaction(ProducerId producer, EndMarkerType outcome) {
  auto found = transactions_.find(producer);
  if (found == transactions_.end()) return;
  if (outcome == EndMarkerType::commit) {
    for (const auto& [change, position] : found->second) apply_now(change, position);
  }
  transactions_.erase(found);
}

bool CommittedOffsets::is_unstable(const std::string& group, const TopicPartition& partition) const {
  auto concerns = [&](const Pending& pending) {
    return pending.change.group == group && pending.change.partition == partition;
  };
  return std::any_of(transactions_.begin(), transactions_.end(), [&](const auto& transaction) {
    return std::any_of(transaction.second.begin(), transaction.second.end(), concerns);
  });
}

Result<std::optional<CommittedOffset>> CommittedOffsets::fetch(const std::string& group,
                                                               const TopicPartition& partition,
                                                               RequireStable stable) const {
  if (stable == RequireStable::yes && is_unstable(group, partition)) {
    return fail(ErrorCode::unstable_offset_commit, "group " + group + ", " + partition.to_string());
  }
  auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  auto applied = found->second.find(partition);
  return applied == found->second.end() ? std::nullopt : applied->second.value;
}

std::vector<TopicPartition> CommittedOffsets::partitions_of(const std::string& group) const {
  std::vector<TopicPartition> partitions;
  if (auto found = groups_.find(group); found != groups_.end()) {
    for (const auto& [partition, applied] : found->second) {
      if (applied.value) partitions.push_back(partition);
    }
  }
  for (const auto& [producer, pending] : transactions_) {
    for (const auto& [change, position] : pending) {
      bool is_new = change.group == group &&
                    std::find(partitions.begin(), partitions.end(), change.partition) == partitions.end();
      if (is_new) partitions.push_back(change.partition);
    }
  }
  return partitions;
}

std::vector<OffsetChange> CommittedOffsets::forget_topic(const std::string& topic) const {
  std::vector<OffsetChange> changes;
  for (const auto& [group, offsets] : groups_) {
    for (const auto& [partition, applied] : offsets) {
      if (partition.topic == topic && applied.value) changes.push_back({group, partition, std::nullopt});
    }
  }
  return changes;
}

std::vector<OffsetChange> CommittedOffsets::forget_group(const std::string& group) const {
  std::vector<OffsetChange> changes;
  for (auto& partition : partitions_of(group)) changes.push_back({group, std::move(partition), std::nullopt});
  return changes;
}

std::vector<OffsetChange> CommittedOffsets::forget_where(const std::string& group, const IsOver& is_over) const {
  std::vector<OffsetChange> changes;
  auto found = groups_.find(group);
  if (found == groups_.end()) return changes;
  for (const auto& [partition, applied] : found->second) {
    if (!applied.value || !is_over(partition, *applied.value) || is_unstable(group, partition)) continue;
    changes.push_back({group, partition, std::nullopt});
  }
  return changes;
}

std::vector<std::string> CommittedOffsets::groups() const {
  std::set<std::string> ids;
  for (const auto& [group, offsets] : groups_) {
    if (std::ranges::any_of(offsets, [](const auto& entry) { return entry.second.value.has_value(); })) {
      ids.insert(group);
    }
  }
  for (const auto& [producer, pending] : transactions_) {
    for (const auto& [change, position] : pending) ids.insert(change.group);
  }
  return {ids.begin(), ids.end()};
}

}  // namespace weir::log::broker
