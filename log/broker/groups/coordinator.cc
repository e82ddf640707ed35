#include "log/broker/groups/coordinator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "log/base/saturate.h"

namespace weir::log::broker {

namespace {

constexpr std::string_view kClassicType = "classic";
constexpr std::string_view kConsumerType = "consumer";  // KIP-848

Error no_such_group(const std::string& group) {
  return {ErrorCode::group_id_not_found, "group " + group};
}

// For tools that know the classic protocol only: who is a member. What is whose ConsumerGroupDescribe says.
void describe_as_classic(const ConsumerGroup& group, wire::DescribeGroupsResponse::DescribedGroup& described) {
  described.group_state = group.state_name();
  described.protocol_type = Group::kConsumerType;
  described.protocol_data = group.assignor_name();
  for (const auto& [id, member] : group.members()) {
    auto& one = described.members.emplace_back();
    one.member_id = id;
    one.group_instance_id = member.instance_id;
    one.client_id = member.client_id;
    one.client_host = member.client_host;
  }
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

GroupCoordinator::ConsumerEntry* GroupCoordinator::find_consumer_entry(const std::string& group) {
  auto found = consumers_.find(group);
  return found == consumers_.end() ? nullptr : &found->second;
}

const ConsumerGroup* GroupCoordinator::find_consumer(const std::string& group) const {
  auto found = consumers_.find(group);
  return found == consumers_.end() ? nullptr : &found->second.group;
}

void GroupCoordinator::set_due(const std::string& id, std::int64_t& known_ms, std::int64_t due_ms) {
  if (known_ms != kNever) due_.erase({known_ms, id});
  known_ms = due_ms;
  if (known_ms != kNever) due_.insert({known_ms, id});
}

void GroupCoordinator::touch(Entry& entry) {
  if (entry.group.is_blank()) {
    erase_classic(std::string(entry.group.id()));
  } else {
    set_due(entry.group.id(), entry.due_ms, entry.group.next_deadline_ms());
  }
}

void GroupCoordinator::touch(ConsumerEntry& entry) {
  set_due(entry.group.id(), entry.due_ms, entry.group.next_deadline_ms());
  changed_.insert(entry.group.id());
}

void GroupCoordinator::erase_classic(const std::string& group) {
  if (Entry* entry = find_entry(group)) set_due(group, entry->due_ms, kNever);
  entries_.erase(group);
}

void GroupCoordinator::erase_consumer(const std::string& group) {
  if (ConsumerEntry* entry = find_consumer_entry(group)) set_due(group, entry->due_ms, kNever);
  consumers_.erase(group);
  changed_.erase(group);
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
  if (const ConsumerGroup* other = find_consumer(request.group_id)) {
    if (!other->is_empty()) return refuse(ErrorCode::inconsistent_group_protocol);
    if (!request.member_id.empty()) return refuse(ErrorCode::unknown_member_id);
    more_changes_[request.group_id] = {request.group_id, other->tombstones()};
    erase_consumer(request.group_id);
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
  for (auto& [id, entry] : consumers_) {
    entry.group.remove_dynamic_members();
    touch(entry);
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
    const std::string id = due_.begin()->second;
    if (ConsumerEntry* consumer = find_consumer_entry(id)) {
      consumer->group.run_due(now.ms);
      touch(*consumer);
      continue;
    }
    Entry& entry = entries_.at(id);
    entry.group.run_due(now, out);
    touch(entry);
  }
}

void GroupCoordinator::abandon(ErrorCode reason, GroupActions& out) {
  for (auto& [id, entry] : entries_) entry.group.abandon(reason, out);
}

// Members of the new protocol -------------------------------------------------------------------------------------

Result<ConsumerGroup::Response> GroupCoordinator::consumer_heartbeat(const ConsumerGroup::Request& request,
                                                                     const ConsumerGroup::Terms& terms,
                                                                     const TopicsView& topics, Now now) {
  const std::string& id = request.group_id;
  const Group* classic = find(id);
  if (classic != nullptr && classic->state() != GroupState::empty) {
    return fail(ErrorCode::group_id_not_found, "group " + id + " has members of the classic protocol");
  }
  ConsumerEntry* entry = find_consumer_entry(id);
  if (entry == nullptr) {
    if (request.member_epoch != 0) return fail(ErrorCode::unknown_member_id, "group " + id + " has no members");
    entry = &consumers_.try_emplace(id, ConsumerEntry{ConsumerGroup(id, *limits_)}).first->second;
    if (classic != nullptr) {
      more_changes_[id] = {id, {}, true};
      erase_classic(id);
    }
  }
  auto answer = entry->group.heartbeat(request, terms, topics, now.ms);
  if (answer && entry->unsettled > 0) entry->group.write_again(*answer->member_id);
  if (entry->group.is_blank()) {
    erase_consumer(id);
  } else {
    touch(*entry);
  }
  return answer;
}

std::vector<GroupCoordinator::ConsumerChange> GroupCoordinator::take_changes() {
  auto changes = std::exchange(more_changes_, {});
  for (const auto& id : std::exchange(changed_, {})) {
    ConsumerEntry* entry = find_consumer_entry(id);
    if (entry == nullptr) continue;
    auto records = entry->group.take_records();
    if (records.empty() && !changes.contains(id)) continue;
    auto& change = changes[id];
    change.group = id;
    std::ranges::move(records, std::back_inserter(change.records));
    ++entry->unsettled;
  }
  std::vector<ConsumerChange> list;
  for (auto& [id, change] : changes) list.push_back(std::move(change));
  return list;
}

void GroupCoordinator::settled(const ConsumerChange& change, IsWritten is_written) {
  ConsumerEntry* entry = find_consumer_entry(change.group);
  if (entry == nullptr) return;
  if (entry->unsettled > 0) --entry->unsettled;
  if (is_written == IsWritten::no) entry->group.failed(change.records);
}

// Offsets ---------------------------------------------------------------------------------------------------------

Result<GroupCoordinator::Commit> GroupCoordinator::decide_commit(const MemberIdentity& who,
                                                                 const std::vector<OffsetToCommit>& offsets,
                                                                 InTransaction in_transaction, Now now) {
  const bool is_anonymous = who.generation < 0 && who.member_id.empty() && !who.instance_id;
  if (const ConsumerGroup* consumers = find_consumer(who.group)) {
    WEIR_TRY(consumers->check_commit(who, in_transaction));
  } else if (Entry* entry = find_entry(who.group)) {
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

Result<> GroupCoordinator::check_fetch(const std::string& group, const std::optional<std::string>& member_id,
                                       std::int32_t epoch) const {
  const ConsumerGroup* known = find_consumer(group);
  const bool is_anonymous = epoch < 0 && (!member_id || member_id->empty());
  return known == nullptr || is_anonymous ? Result<>{} : known->check_fetch(member_id.value_or(""), epoch);
}

Result<GroupCoordinator::Forgotten> GroupCoordinator::decide_delete(const std::string& group) const {
  if (!is_known(group)) return fail(no_such_group(group));
  if (const ConsumerGroup* consumers = find_consumer(group)) {
    if (!consumers->is_empty()) return fail(ErrorCode::non_empty_group, "group " + group + " has members");
    return Forgotten{offsets_.forget_group(group), {}, consumers->tombstones()};
  }
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
  const ConsumerGroup* consumers = find_consumer(group);
  OffsetDeletion deletion;
  for (const auto& partition : partitions) {
    const bool is_read = (has_members && known->is_subscribed_to(partition.topic)) ||
                         (consumers != nullptr && consumers->is_subscribed_to(partition.topic));
    if (is_read) {
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
    if (const ConsumerGroup* consumers = find_consumer(id)) {
      expire_consumer(*consumers, limit_ms, forgotten);
      continue;
    }
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

// When it lost its last member is not in its records: what was committed goes by its own time.
void GroupCoordinator::expire_consumer(const ConsumerGroup& group, std::int64_t limit_ms, Forgotten& forgotten) const {
  auto over = offsets_.forget_where(group.id(), [&](const TopicPartition& partition, const CommittedOffset& committed) {
    return committed.commit_ms <= limit_ms && !group.is_subscribed_to(partition.topic);
  });
  const bool loses_all = over.size() == offsets_.partitions_of(group.id()).size();
  std::ranges::move(over, std::back_inserter(forgotten.offsets));
  if (group.is_empty() && loses_all)
    std::ranges::move(group.tombstones(), std::back_inserter(forgotten.consumer_groups));
}

// The log ---------------------------------------------------------------------------------------------------------

// Of two kinds that a group was the later one counts.
void GroupCoordinator::load(const GroupRecord& record, Now now) {
  erase_classic(record.group);
  if (!record.value) return;
  erase_consumer(record.group);
  Group loaded(record.group, *limits_, *record.value, now.ms);
  touch(entries_.try_emplace(record.group, Entry{std::move(loaded)}).first->second);
}

void GroupCoordinator::load(const ConsumerRecord& record, Now now) {
  const std::string& id = group_of(record);
  const bool has_value = std::visit([](const auto& entry) { return entry.value.has_value(); }, record);
  if (has_value) erase_classic(id);
  ConsumerEntry* entry = find_consumer_entry(id);
  if (entry == nullptr && !has_value) return;
  if (entry == nullptr) entry = &consumers_.try_emplace(id, ConsumerEntry{ConsumerGroup(id, *limits_)}).first->second;
  entry->group.load(record, now.ms);
  if (!has_value && entry->group.is_blank()) return erase_consumer(id);
  set_due(id, entry->due_ms, entry->group.next_deadline_ms());
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
  for (const auto& record : forgotten.consumer_groups) {
    const ConsumerGroup* known = find_consumer(group_of(record));
    if (known == nullptr) continue;
    if (known->is_empty()) {
      erase_consumer(std::string(known->id()));
    } else {
      find_consumer_entry(known->id())->group.failed({record});  // who joined meanwhile writes it again
      changed_.insert(known->id());
    }
  }
}

// What there is ---------------------------------------------------------------------------------------------------

std::vector<std::string> GroupCoordinator::ids() const {
  std::set<std::string> ids;
  for (const auto& [id, entry] : entries_) ids.insert(id);
  for (const auto& [id, entry] : consumers_) ids.insert(id);
  for (auto& id : offsets_.groups()) ids.insert(std::move(id));
  return {ids.begin(), ids.end()};
}

std::vector<wire::ListGroupsResponse::ListedGroup> GroupCoordinator::list() const {
  std::vector<wire::ListGroupsResponse::ListedGroup> listed;
  for (auto& id : ids()) {
    auto& one = listed.emplace_back();
    if (const ConsumerGroup* consumers = find_consumer(id)) {
      one.group_state = consumers->state_name();
      one.group_type = kConsumerType;
      one.protocol_type = Group::kConsumerType;
      one.group_id = std::move(id);
      continue;
    }
    const Group* group = find(id);
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
  if (const ConsumerGroup* consumers = find_consumer(group)) {
    describe_as_classic(*consumers, described);
    return described;
  }
  described.group_state = name_of(offsets_.has_any(group) ? GroupState::empty : GroupState::dead);
  return described;
}

std::optional<wire::ConsumerGroupDescribeResponse::DescribedGroup> GroupCoordinator::describe_consumer(
    const std::string& group, const TopicsView& topics) const {
  const ConsumerGroup* known = find_consumer(group);
  return known == nullptr ? std::nullopt : std::optional(known->describe(topics));
}

}  // namespace weir::log::broker
