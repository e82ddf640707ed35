#include "log/broker/groups/coordinator.h"

#include "log/base/saturate.h"

namespace weir::log::broker {

namespace {

constexpr std::string_view kClassicType = "classic";  // against "consumer", which is KIP-848's

Error no_such_group(const std::string& group) {
  return {ErrorCode::group_id_not_found, "group " + group};
}

}  // namespace

GroupCoordinator::Entry* GroupCoordinator::find_entry(const std::string& group) {
  auto found = entries_.find(group);
  return found == entries_.end() ? nullptr : &found->second;
}

const Group* GroupCoordinator::find(const std::string& group) const {
  auto found = entries_.find(group);
  return found == entries_.end() ? nullptr : &found->second.group;
}

void GroupCoordinator::touch(Entry& entry) {
  const std::string& id = entry.group.id();
  if (entry.due_ms != kNever) due_.erase({entry.due_ms, id});
  if (entry.group.is_blank()) {
    entries_.erase(std::string(id));
    return;
  }
  entry.due_ms = entry.group.next_deadline_ms();
  if (entry.due_ms != kNever) due_.insert({entry.due_ms, id});
}

// Members ---------------------------------------------------------------------------------------------------------

void GroupCoordinator::join(const wire::JoinGroupRequest& request, const JoinTerms& terms, Now now, GroupActions& out) {
  const std::int64_t session_ms = request.session_timeout_ms;
  auto refuse = [&](ErrorCode code) {
    wire::JoinGroupResponse response;
    response.error_code = code;
    response.member_id = request.member_id;
    response.protocol_name = "";
    out.answer(terms.ticket, std::move(response));
  };
  if (request.group_id.empty()) return refuse(ErrorCode::invalid_group_id);
  if (session_ms < limits_->min_session_timeout.count() || session_ms > limits_->max_session_timeout.count()) {
    return refuse(ErrorCode::invalid_session_timeout);
  }
  Entry* entry = find_entry(request.group_id);
  if (entry == nullptr) {
    if (!request.member_id.empty()) return refuse(ErrorCode::unknown_member_id);
    Group made(request.group_id, *limits_, now.wall_ms);
    entry = &entries_.try_emplace(request.group_id, Entry{std::move(made)}).first->second;
  }
  entry->group.join(request, terms, now, out);
  touch(*entry);
}

void GroupCoordinator::sync(const wire::SyncGroupRequest& request, Ticket ticket, Now now, GroupActions& out) {
  Entry* entry = find_entry(request.group_id);
  if (entry == nullptr) {
    wire::SyncGroupResponse response;
    response.error_code = ErrorCode::unknown_member_id;
    out.answer(ticket, std::move(response));
    return;
  }
  entry->group.sync(request, ticket, now, out);
  touch(*entry);
}

Result<> GroupCoordinator::heartbeat(const MemberIdentity& who, Now now) {
  // Its deadline only moves away: that is seen when it comes.
  if (Entry* entry = find_entry(who.group)) return entry->group.heartbeat(who, now);
  return fail(ErrorCode::unknown_member_id, "group " + who.group + " has no members");
}

Result<> GroupCoordinator::leave(const std::string& group, const std::string& member_id,
                                 const std::optional<std::string>& instance_id, Now now, GroupActions& out) {
  Entry* entry = find_entry(group);
  if (entry == nullptr) return fail(ErrorCode::unknown_member_id, "group " + group + " has no members");
  auto left = entry->group.leave(member_id, instance_id, now, out);
  touch(*entry);
  return left;
}

void GroupCoordinator::remove_dynamic_members(Now now, GroupActions& out) {
  for (const auto& id : ids()) {
    Entry* entry = find_entry(id);
    if (entry == nullptr) continue;
    entry->group.remove_dynamic_members(now, out);
    touch(*entry);
  }
}

void GroupCoordinator::committed(const GroupRecord& record, Now now, GroupActions& out) {
  Entry* entry = find_entry(record.group);
  if (entry == nullptr || record.id == RecordId::none) return;
  entry->group.committed(record.id, now, out);
  touch(*entry);
}

void GroupCoordinator::failed(const GroupRecord& record, Now now, GroupActions& out) {
  Entry* entry = find_entry(record.group);
  if (entry == nullptr || record.id == RecordId::none) return;
  entry->group.failed(record.id, now, out);
  touch(*entry);
}

void GroupCoordinator::run_due(Now now, GroupActions& out) {
  while (!due_.empty() && due_.begin()->first <= now.ms) {
    Entry& entry = entries_.at(due_.begin()->second);
    entry.group.run_due(now, out);
    touch(entry);
  }
}

void GroupCoordinator::abandon(ErrorCode reason, GroupActions& out) {
  for (auto& [id, entry] : entries_) entry.group.abandon(reason, out);
}

// Offsets ---------------------------------------------------------------------------------------------------------

Result<GroupCoordinator::Commit> GroupCoordinator::decide_commit(const MemberIdentity& who,
                                                                 const std::vector<OffsetToCommit>& offsets,
                                                                 InTransaction in_transaction, Now now) {
  const bool is_anonymous = who.generation < 0 && who.member_id.empty() && !who.instance_id;
  if (Entry* entry = find_entry(who.group)) {
    WEIR_TRY(entry->group.check_commit(who, in_transaction, now));
  } else if (!is_anonymous) {
    const bool is_new_group = who.generation >= 0 && who.member_id.empty() && !offsets_.has_any(who.group);
    return fail(is_new_group ? ErrorCode::illegal_generation : ErrorCode::unknown_member_id,
                "group " + who.group + " has no members");
  }
  Commit commit;
  for (const auto& [partition, value] : offsets) {
    if (value.metadata.size() > kLongestMetadata) {
      commit.outcomes.push_back(fail(ErrorCode::offset_metadata_too_large,
                                     partition.to_string() + ": " + std::to_string(value.metadata.size()) + " bytes"));
      continue;
    }
    commit.outcomes.emplace_back();
    commit.changes.push_back({who.group, partition, value});
  }
  return commit;
}

Result<GroupCoordinator::Forgotten> GroupCoordinator::decide_delete(const std::string& group) const {
  if (!is_known(group)) return fail(no_such_group(group));
  const Group* known = find(group);
  if (known != nullptr && known->state() != GroupState::empty) {
    return fail(ErrorCode::non_empty_group, "group " + group + " has members");
  }
  Forgotten forgotten{offsets_.forget_group(group), {}};
  if (known != nullptr) forgotten.groups.push_back({group, std::nullopt});
  return forgotten;
}

Result<GroupCoordinator::OffsetDeletion> GroupCoordinator::decide_delete_offsets(
    const std::string& group, const std::vector<TopicPartition>& partitions) const {
  if (!is_known(group)) return fail(no_such_group(group));
  const Group* known = find(group);
  const bool has_members = known != nullptr && known->state() != GroupState::empty;
  if (has_members && known->protocol_type() != Group::kConsumerType) {
    return fail(ErrorCode::non_empty_group, "group " + group + " has members");
  }
  OffsetDeletion deletion;
  for (const auto& partition : partitions) {
    if (has_members && known->is_subscribed_to(partition.topic)) {
      deletion.outcomes.push_back(fail(ErrorCode::group_subscribed_to_topic, partition.topic));
      continue;
    }
    deletion.outcomes.emplace_back();
    auto committed = offsets_.fetch(group, partition, RequireStable::no);
    if (committed && *committed) deletion.forgotten.offsets.push_back({group, partition, std::nullopt});
  }
  return deletion;
}

GroupCoordinator::Forgotten GroupCoordinator::decide_expire(std::int64_t wall_ms) const {
  const std::int64_t limit_ms = saturated_difference(wall_ms, limits_->offsets_retention.count());
  Forgotten forgotten;
  for (const auto& id : ids()) {
    const Group* group = find(id);
    const bool had_members = group != nullptr && group->protocol_type().has_value();
    const bool is_empty = group == nullptr || group->state() == GroupState::empty;
    if (had_members && !is_empty && group->state() != GroupState::stable) continue;
    if (had_members && !is_empty && group->protocol_type() != Group::kConsumerType) continue;
    auto is_over = [&](const TopicPartition& partition, const CommittedOffset& committed) {
      if (had_members && is_empty && group->in_state_since_wall_ms() >= 0) {
        return group->in_state_since_wall_ms() <= limit_ms;
      }
      return committed.commit_ms <= limit_ms && (is_empty || !group->is_subscribed_to(partition.topic));
    };
    auto over = offsets_.forget_where(id, is_over);
    const bool loses_all = over.size() == offsets_.partitions_of(id).size();
    forgotten.offsets.insert(forgotten.offsets.end(), over.begin(), over.end());
    if (group != nullptr && is_empty && loses_all && group->in_state_since_wall_ms() <= limit_ms) {
      forgotten.groups.push_back({id, std::nullopt});
    }
  }
  return forgotten;
}

// The log ---------------------------------------------------------------------------------------------------------

void GroupCoordinator::load(const GroupRecord& record, Now now) {
  if (Entry* before = find_entry(record.group)) {
    if (before->due_ms != kNever) due_.erase({before->due_ms, record.group});
    entries_.erase(record.group);
  }
  if (!record.value) return;
  Group loaded(record.group, *limits_, *record.value, now.ms);
  touch(entries_.try_emplace(record.group, Entry{std::move(loaded)}).first->second);
}

void GroupCoordinator::apply(const Forgotten& forgotten, Offset position) {
  for (const auto& change : forgotten.offsets) {
    offsets_.apply(change, position, std::nullopt);
    ++position;
  }
  for (const auto& record : forgotten.groups) {
    Entry* entry = find_entry(record.group);
    // Who joined meanwhile begins anew, in the next generation.
    const bool is_alive = entry != nullptr && entry->group.state() != GroupState::empty;
    if (!is_alive) load(record, Now{0, 0});
  }
}

// What there is ---------------------------------------------------------------------------------------------------

std::vector<std::string> GroupCoordinator::ids() const {
  std::set<std::string> ids;
  for (const auto& [id, entry] : entries_) ids.insert(id);
  for (auto& id : offsets_.groups()) ids.insert(std::move(id));
  return {ids.begin(), ids.end()};
}

std::vector<wire::ListGroupsResponse::ListedGroup> GroupCoordinator::list() const {
  std::vector<wire::ListGroupsResponse::ListedGroup> listed;
  for (auto& id : ids()) {
    const Group* group = find(id);
    auto& one = listed.emplace_back();
    one.group_state = name_of(group == nullptr ? GroupState::empty : group->state());
    one.group_type = kClassicType;
    if (group != nullptr) one.protocol_type = group->protocol_type().value_or("");
    one.group_id = std::move(id);
  }
  return listed;
}

wire::DescribeGroupsResponse::DescribedGroup GroupCoordinator::describe(const std::string& group) const {
  if (const Group* known = find(group)) return known->describe();
  wire::DescribeGroupsResponse::DescribedGroup described;
  described.group_id = group;
  described.group_state = name_of(offsets_.has_any(group) ? GroupState::empty : GroupState::dead);
  return described;
}

}  // namespace weir::log::broker
