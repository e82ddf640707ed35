#include "log/broker/groups.h"

#include <algorithm>

namespace weir::log::broker {

namespace {

// A group without members: see the head of groups.h.
Result<> check_member(const GroupMember& member, bool is_known) {
  if (!member.member_id.empty() || member.instance_id) {
    return fail(ErrorCode::unknown_member_id, "group " + member.group + " has no member " + member.member_id);
  }
  if (member.generation < 0) return {};
  return fail(is_known ? ErrorCode::unknown_member_id : ErrorCode::illegal_generation,
              "group " + member.group + " has no generation " + std::to_string(member.generation));
}

}  // namespace

Result<Groups::Commit> Groups::decide_commit(const GroupMember& member,
                                             const std::vector<OffsetToCommit>& offsets) const {
  TRY(check_member(member, groups_.contains(member.group)));
  Commit commit;
  for (const auto& [partition, value] : offsets) {
    if (value.metadata.size() > kLongestMetadata) {
      commit.outcomes.push_back(fail(ErrorCode::offset_metadata_too_large,
                                     partition.to_string() + ": " + std::to_string(value.metadata.size()) + " bytes"));
      continue;
    }
    commit.outcomes.emplace_back();
    commit.changes.push_back({member.group, partition, value});
  }
  return commit;
}

std::vector<OffsetChange> Groups::decide_forget(const std::string& topic) const {
  std::vector<OffsetChange> changes;
  for (const auto& [group, offsets] : groups_) {
    for (const auto& [partition, applied] : offsets) {
      if (partition.topic == topic && applied.value) changes.push_back({group, partition, std::nullopt});
    }
  }
  return changes;
}

void Groups::apply(const OffsetChange& change, Offset position, std::optional<ProducerId> transaction) {
  if (transaction) {
    transactions_[*transaction].push_back({change, position});
  } else {
    apply_now(change, position);
  }
}

void Groups::apply_now(const OffsetChange& change, Offset position) {
  Applied& applied =
      groups_[change.group].try_emplace(change.partition, Applied{std::nullopt, kNoOffset}).first->second;
  if (applied.position <= position) applied = {change.value, position};
}

void Groups::end_transaction(ProducerId producer, EndMarkerType outcome) {
  auto found = transactions_.find(producer);
  if (found == transactions_.end()) return;
  if (outcome == EndMarkerType::commit) {
    for (const auto& [change, position] : found->second) apply_now(change, position);
  }
  transactions_.erase(found);
}

bool Groups::is_unstable(const std::string& group, const TopicPartition& partition) const {
  auto concerns = [&](const Pending& pending) {
    return pending.change.group == group && pending.change.partition == partition;
  };
  return std::any_of(transactions_.begin(), transactions_.end(), [&](const auto& transaction) {
    return std::any_of(transaction.second.begin(), transaction.second.end(), concerns);
  });
}

Result<std::optional<CommittedOffset>> Groups::fetch(const std::string& group, const TopicPartition& partition,
                                                     RequireStable stable) const {
  if (stable == RequireStable::yes && is_unstable(group, partition)) {
    return fail(ErrorCode::unstable_offset_commit, "group " + group + ", " + partition.to_string());
  }
  auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  auto applied = found->second.find(partition);
  return applied == found->second.end() ? std::nullopt : applied->second.value;
}

std::vector<TopicPartition> Groups::partitions_of(const std::string& group) const {
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

std::vector<std::string> Groups::ids() const {
  std::vector<std::string> ids;
  for (const auto& [group, offsets] : groups_) ids.push_back(group);
  return ids;
}

}  // namespace weir::log::broker
