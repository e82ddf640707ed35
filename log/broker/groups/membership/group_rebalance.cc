// Group: how a generation ends and the next one begins, what goes into the log, and what time does.
#include <algorithm>

#include "log/base/assert.h"
#include "log/broker/groups/membership/group.h"
#include "log/broker/groups/membership/subscribed_topics.h"

namespace weir::log::broker {

Group::Group(std::string id, const GroupLimits& limits, std::int64_t wall_ms)
    : id_(std::move(id)), limits_(limits), state_since_wall_ms_(wall_ms) {}

Group::Group(std::string id, const GroupLimits& limits, const wire::GroupMetadataValue& value, std::int64_t now_ms)
    : id_(std::move(id)),
      limits_(limits),
      state_(value.members.empty() ? GroupState::empty : GroupState::stable),
      state_since_wall_ms_(value.current_state_timestamp),
      generation_(value.generation) {
  if (!value.protocol_type.empty()) protocol_type_ = value.protocol_type;
  if (state_ == GroupState::stable) protocol_ = value.protocol.value_or("");
  for (const auto& said : value.members) {
    Member member;
    member.id = said.member_id;
    member.instance_id = said.group_instance_id;
    member.client_id = said.client_id;
    member.client_host = said.client_host;
    member.session_timeout_ms = said.session_timeout;
    member.rebalance_timeout_ms = said.rebalance_timeout >= 0 ? said.rebalance_timeout : said.session_timeout;
    member.protocols = {{*protocol_, said.subscription}};
    member.assignment = said.assignment;
    member.is_new = false;
    member.alive_until_ms = now_ms + member.session_timeout_ms;
    if (roster_.find(member.id) == nullptr) roster_.add(std::move(member));
  }
  const std::string leader = value.leader.value_or("");
  if (roster_.find(leader) != nullptr) roster_.set_leader(leader);
}

// Answers ---------------------------------------------------------------------------------------------------------

wire::JoinGroupResponse Group::current_generation(const Member& member) const {
  wire::JoinGroupResponse response;
  response.generation_id = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_.value_or("");
  response.leader = roster_.leader();
  response.member_id = member.id;
  if (member.id != roster_.leader()) return response;
  for (const auto& [id, each] : roster_.members()) {
    const OwnedBytes* metadata = each.metadata_for(*protocol_);
    response.members.push_back({id, each.instance_id, metadata == nullptr ? OwnedBytes() : *metadata});
  }
  return response;
}

void Group::answer_join(Member& member, ErrorCode error, GroupActions& out) {
  if (member.joining == Ticket::none) return;
  wire::JoinGroupResponse response;
  if (error == ErrorCode::none) {
    response = current_generation(member);
  } else {
    response.error_code = error;
    response.member_id = member.id;
    response.protocol_name = "";
  }
  out.answer(std::exchange(member.joining, Ticket::none), std::move(response));
}

void Group::answer_sync(Member& member, ErrorCode error, GroupActions& out) {
  if (member.syncing == Ticket::none) return;
  wire::SyncGroupResponse response;
  response.error_code = error;
  if (error == ErrorCode::none) {
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_;
    response.assignment = member.assignment;
  }
  out.answer(std::exchange(member.syncing, Ticket::none), std::move(response));
}

// Rebalances ------------------------------------------------------------------------------------------------------

void Group::enter(GroupState state, Now now) {
  state_ = state;
  state_since_wall_ms_ = now.wall_ms;
}

std::int64_t Group::rebalance_timeout_ms() const {
  std::int64_t longest = 0;
  for (const auto& [id, member] : roster_.members()) longest = std::max(longest, member.rebalance_timeout_ms);
  return longest;
}

void Group::rebalance(Now now, GroupActions& out) {
  if (state_ == GroupState::preparing_rebalance) {
    complete_join_if_all_have(now, out);
  } else {
    prepare_rebalance(now, out);
  }
}

void Group::prepare_rebalance(Now now, GroupActions& out) {
  for (auto& [id, member] : roster_.members()) {
    member.assignment.clear();
    if (member.syncing == Ticket::none) continue;
    answer_sync(member, ErrorCode::rebalance_in_progress, out);
    member.alive_until_ms = now.ms + member.session_timeout_ms;
  }
  division_.reset();
  without_sync_.clear();
  sync_deadline_ms_ = kNever;
  const bool is_first = state_ == GroupState::empty;
  const std::int64_t delay_ms = limits_.initial_rebalance_delay.count();
  enter(GroupState::preparing_rebalance, now);
  if (is_first && delay_ms > 0 && !may_begin_alone()) {
    has_newcomer_ = false;
    gather_until_ms_ = now.ms + rebalance_timeout_ms();
    join_deadline_ms_ = now.ms + delay_ms;
    return;
  }
  join_deadline_ms_ = now.ms + rebalance_timeout_ms();
  complete_join_if_all_have(now, out);
}

// What its members share moves later without stopping anybody: nobody is waited for.
bool Group::may_begin_alone() const {
  return std::ranges::all_of(roster_.members(), [this](const auto& entry) {
    return std::ranges::all_of(entry.second.protocols, [this](const auto& protocol) {
      return protocol.name == limits_.protocol_without_delay;
    });
  });
}

void Group::complete_join_if_all_have(Now now, GroupActions& out) {
  if (gather_until_ms_ || !roster_.pending().empty()) return;
  const bool all_have =
      std::ranges::all_of(roster_.members(), [](const auto& entry) { return entry.second.joining != Ticket::none; });
  if (all_have) complete_join(now, out);
}

void Group::complete_join(Now now, GroupActions& out) {
  std::vector<std::string> missing;  // static ones may still be on their way back
  for (const auto& [id, member] : roster_.members()) {
    if (member.joining == Ticket::none && !member.instance_id) missing.push_back(id);
  }
  for (const auto& id : missing) roster_.remove(id);
  gather_until_ms_.reset();
  if (!roster_.empty() && !roster_.elect_joined_leader()) {
    join_deadline_ms_ = now.ms + std::max<std::int64_t>(rebalance_timeout_ms(), 1);
    return;
  }
  join_deadline_ms_ = kNever;
  ++generation_;
  if (roster_.empty()) {
    protocol_.reset();
    enter(GroupState::empty, now);
    out.records.push_back({id_, to_value(nullptr), RecordId::none});
    return;
  }
  protocol_ = roster_.vote();
  WEIR_ASSERT(!protocol_->empty());
  enter(GroupState::completing_rebalance, now);
  sync_deadline_ms_ = now.ms + rebalance_timeout_ms();
  for (auto& [id, member] : roster_.members()) {
    if (member.joining == Ticket::none) continue;
    answer_join(member, ErrorCode::none, out);
    member.is_new = false;
    member.alive_until_ms = now.ms + member.session_timeout_ms;
    without_sync_.insert(id);
  }
}

void Group::remove(const std::string& member_id, Now now, GroupActions& out) {
  Member* member = roster_.find(member_id);
  WEIR_ASSERT(member != nullptr);
  answer_join(*member, ErrorCode::unknown_member_id, out);
  answer_sync(*member, ErrorCode::unknown_member_id, out);
  without_sync_.erase(member_id);
  roster_.remove(member_id);
  rebalance(now, out);
}

void Group::remove_dynamic_members(Now now, GroupActions& out) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : roster_.members()) {
    if (!member.instance_id) gone.push_back(id);
  }
  for (const auto& id : gone) {
    if (roster_.find(id) != nullptr) remove(id, now, out);
  }
}

void Group::abandon(ErrorCode reason, GroupActions& out) {
  for (auto& [id, member] : roster_.members()) {
    answer_join(member, reason, out);
    answer_sync(member, reason, out);
  }
  for (const auto& [id, taking] : take_overs_) {
    wire::JoinGroupResponse response;
    response.error_code = reason;
    response.member_id = taking.new_id;
    response.protocol_name = "";
    out.answer(taking.ticket, std::move(response));
  }
  take_overs_.clear();
  state_ = GroupState::dead;
}

// Records ---------------------------------------------------------------------------------------------------------

wire::GroupMetadataValue Group::to_value(const Assignments* assignments) const {
  wire::GroupMetadataValue value;
  value.protocol_type = protocol_type_.value_or("");
  value.generation = generation_;
  value.protocol = protocol_;
  value.leader.reset();
  if (!roster_.empty()) value.leader = roster_.leader();
  value.current_state_timestamp = state_since_wall_ms_;
  for (const auto& [id, member] : roster_.members()) {
    auto& said = value.members.emplace_back();
    said.member_id = id;
    said.group_instance_id = member.instance_id;
    said.client_id = member.client_id;
    said.client_host = member.client_host;
    said.rebalance_timeout = static_cast<std::int32_t>(member.rebalance_timeout_ms);
    said.session_timeout = static_cast<std::int32_t>(member.session_timeout_ms);
    if (const OwnedBytes* metadata = member.metadata_for(protocol_.value_or(""))) said.subscription = *metadata;
    said.assignment = member.assignment;
    if (assignments != nullptr) {
      auto found = assignments->find(id);
      said.assignment = found == assignments->end() ? OwnedBytes() : found->second;
    }
  }
  return value;
}

void Group::divide(const wire::SyncGroupRequest& request, GroupActions& out) {
  Division division{new_record(), {}};
  for (const auto& each : request.assignments) division.assignments[each.member_id] = each.assignment;
  out.records.push_back({id_, to_value(&division.assignments), division.record});
  division_ = std::move(division);
}

void Group::settle(Assignments assignments, Now now, GroupActions& out) {
  enter(GroupState::stable, now);
  for (auto& [id, member] : roster_.members()) {
    auto found = assignments.find(id);
    member.assignment = found == assignments.end() ? OwnedBytes() : std::move(found->second);
    if (member.syncing == Ticket::none) continue;
    answer_sync(member, ErrorCode::none, out);
    member.alive_until_ms = now.ms + member.session_timeout_ms;
  }
}

void Group::committed(RecordId id, Now now, GroupActions& out) {
  if (division_ && division_->record == id) {
    auto division = *std::exchange(division_, std::nullopt);
    settle(std::move(division.assignments), now, out);
  } else if (auto taking = take_overs_.find(id); taking != take_overs_.end()) {
    finish_take_over(taking->second, out);
    take_overs_.erase(taking);
  }
}

void Group::failed(RecordId id, Now now, GroupActions& out) {
  if (division_ && division_->record == id) {
    for (auto& [member_id, member] : roster_.members()) {
      answer_sync(member, ErrorCode::coordinator_not_available, out);
      member.alive_until_ms = now.ms + member.session_timeout_ms;
    }
    prepare_rebalance(now, out);
  } else if (auto taking = take_overs_.find(id); taking != take_overs_.end()) {
    undo_take_over(taking->second, now, out);
    take_overs_.erase(taking);
  }
}

// Time ------------------------------------------------------------------------------------------------------------

void Group::run_due(Now now, GroupActions& out) {
  remove_expired(now, out);
  if (sync_deadline_ms_ <= now.ms) remove_without_sync(now, out);
  if (state_ != GroupState::preparing_rebalance || join_deadline_ms_ > now.ms) return;
  if (gather_until_ms_ && std::exchange(has_newcomer_, false) && now.ms < *gather_until_ms_) {
    join_deadline_ms_ = std::min(now.ms + limits_.initial_rebalance_delay.count(), *gather_until_ms_);
    return;
  }
  complete_join(now, out);
}

void Group::remove_expired(Now now, GroupActions& out) {
  std::vector<std::string> never_came;
  for (const auto& [id, until_ms] : roster_.pending()) {
    if (until_ms <= now.ms) never_came.push_back(id);
  }
  for (const auto& id : never_came) roster_.forget_pending(id);
  if (!never_came.empty() && state_ == GroupState::preparing_rebalance) complete_join_if_all_have(now, out);
  std::vector<std::string> silent;
  for (const auto& [id, member] : roster_.members()) {
    if (!member.is_kept_waiting() && member.alive_until_ms <= now.ms) silent.push_back(id);
  }
  for (const auto& id : silent) {
    if (roster_.find(id) != nullptr) remove(id, now, out);  // an earlier one may have taken it along
  }
}

void Group::remove_without_sync(Now now, GroupActions& out) {
  sync_deadline_ms_ = kNever;
  if (without_sync_.empty()) return;
  for (const auto& id : std::exchange(without_sync_, {})) roster_.remove(id);
  prepare_rebalance(now, out);
}

std::int64_t Group::next_deadline_ms() const {
  std::int64_t next = state_ == GroupState::preparing_rebalance ? join_deadline_ms_ : sync_deadline_ms_;
  for (const auto& [id, until_ms] : roster_.pending()) next = std::min(next, until_ms);
  for (const auto& [id, member] : roster_.members()) {
    if (!member.is_kept_waiting()) next = std::min(next, member.alive_until_ms);
  }
  return next;
}

// What it is ------------------------------------------------------------------------------------------------------

bool Group::is_subscribed_to(const std::string& topic) const {
  if (protocol_type_ != kConsumerType) return false;
  return std::ranges::any_of(roster_.members(), [&](const auto& entry) {
    return std::ranges::any_of(entry.second.protocols, [&](const MemberProtocol& protocol) {
      auto topics = subscribed_topics(protocol.metadata);
      return topics && topics->contains(topic);
    });
  });
}

wire::DescribeGroupsResponse::DescribedGroup Group::describe() const {
  wire::DescribeGroupsResponse::DescribedGroup described;
  described.group_id = id_;
  described.group_state = name_of(state_);
  described.protocol_type = protocol_type_.value_or("");
  const bool is_stable = state_ == GroupState::stable;
  if (is_stable) described.protocol_data = protocol_.value_or("");
  for (const auto& [id, member] : roster_.members()) {
    auto& told = described.members.emplace_back();
    told.member_id = id;
    told.group_instance_id = member.instance_id;
    told.client_id = member.client_id;
    told.client_host = member.client_host;
    if (!is_stable) continue;
    if (const OwnedBytes* metadata = member.metadata_for(*protocol_)) told.member_metadata = *metadata;
    told.member_assignment = member.assignment;
  }
  return described;
}

}  // namespace weir::log::broker
