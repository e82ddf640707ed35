#include "log/broker/groups/membership/group.h"

#include "log/base/assert.h"
#include "log/broker/groups/membership/subscribed_topics.h"

namespace weir::log::broker {

std::string_view name_of(GroupState state) {
  switch (state) {
    case GroupState::empty:
      return "Empty";
    case GroupState::preparing_rebalance:
      return "PreparingRebalance";
    case GroupState::completing_rebalance:
      return "CompletingRebalance";
    case GroupState::stable:
      return "Stable";
    case GroupState::dead:
      return "Dead";
  }
  return "Unknown";
}

namespace {

std::int64_t rebalance_timeout_of(const wire::JoinGroupRequest& request) {
  // Version 0 has none.
  return request.rebalance_timeout_ms >= 0 ? request.rebalance_timeout_ms : request.session_timeout_ms;
}

void take(const wire::JoinGroupRequest& request, Member& member) {
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms = rebalance_timeout_of(request);
  member.protocols = request.protocols;
}

void refuse(ErrorCode code, const std::string& member_id, Ticket ticket, GroupActions& out) {
  wire::JoinGroupResponse response;
  response.error_code = code;
  response.member_id = member_id;
  response.protocol_name = "";
  out.answer(ticket, std::move(response));
}

void keep_alive(Member& member, std::int64_t now_ms) {
  member.alive_until_ms = now_ms + member.session_timeout_ms;
}

}  // namespace

// JoinGroup -------------------------------------------------------------------------------------------------------

void Group::join(const Join& request, const JoinTerms& terms, Now now, GroupActions& out) {
  const bool is_sound = !request.protocol_type.empty() && !request.protocols.empty();
  const Member* before = request.group_instance_id ? roster_.find_instance(*request.group_instance_id) : nullptr;
  const bool agrees =
      roster_.empty() || (protocol_type_ == request.protocol_type &&
                          roster_.can_agree(request.protocols, before ? before->id : request.member_id));
  if (!is_sound || !agrees) {
    refuse(ErrorCode::inconsistent_group_protocol, request.member_id, terms.ticket, out);
  } else if (request.member_id.empty()) {
    join_as_new(request, terms, now, out);
  } else {
    join_again(request, terms, now, out);
  }
}

void Group::join_as_new(const Join& request, const JoinTerms& terms, Now now, GroupActions& out) {
  if (request.group_instance_id) {
    if (Member* before = roster_.find_instance(*request.group_instance_id)) {
      take_over(*before, request, terms, now, out);
      return;
    }
  }
  if (is_full()) {
    refuse(ErrorCode::group_max_size_reached, {}, terms.ticket, out);
  } else if (terms.must_know_its_id && !request.group_instance_id) {
    roster_.expect(terms.fresh_member_id, now.ms + request.session_timeout_ms);
    refuse(ErrorCode::member_id_required, terms.fresh_member_id, terms.ticket, out);
  } else {
    admit(request, terms, terms.fresh_member_id, now, out);
  }
}

void Group::join_again(const Join& request, const JoinTerms& terms, Now now, GroupActions& out) {
  const bool was_expected = !request.group_instance_id && roster_.is_pending(request.member_id);
  if (was_expected && is_full()) {
    roster_.forget_pending(request.member_id);
    refuse(ErrorCode::group_max_size_reached, request.member_id, terms.ticket, out);
    return;
  }
  if (was_expected) {
    admit(request, terms, request.member_id, now, out);
    return;
  }
  auto checked = roster_.check(request.member_id, request.group_instance_id);
  if (!checked) {
    refuse(checked.error().code, request.member_id, terms.ticket, out);
    return;
  }
  Member& member = **checked;
  keep_alive(member, now.ms);
  // It may have missed the answer: the generation is told once more, unless a leader wants a new one.
  const bool is_settled =
      state_ == GroupState::completing_rebalance || (state_ == GroupState::stable && roster_.leader() != member.id);
  if (is_settled && member.protocols == request.protocols) {
    out.answer(terms.ticket, current_generation(member));
    return;
  }
  answer_join(member, ErrorCode::rebalance_in_progress, out);  // an earlier try of the same
  take(request, member);
  member.joining = terms.ticket;
  rebalance(now, out);
}

void Group::admit(const Join& request, const JoinTerms& terms, const std::string& member_id, Now now,
                  GroupActions& out) {
  Member member;
  member.id = member_id;
  member.instance_id = request.group_instance_id;
  member.client_id = terms.client_id;
  member.client_host = terms.client_host;
  take(request, member);
  member.joining = terms.ticket;
  member.alive_until_ms = now.ms + limits_.new_member_timeout.count();
  if (roster_.empty()) protocol_type_ = request.protocol_type;
  roster_.add(std::move(member));
  has_newcomer_ = gather_until_ms_.has_value();
  rebalance(now, out);
}

// An instance that comes back --------------------------------------------------------------------------------------

bool Group::reads_the_same(const Member& before, const Member& now) const {
  if (!protocol_ || roster_.vote() != *protocol_) return false;
  const OwnedBytes* old_metadata = before.metadata_for(*protocol_);
  const OwnedBytes* metadata = now.metadata_for(*protocol_);
  if (old_metadata == nullptr || metadata == nullptr) return false;
  if (*old_metadata == *metadata) return true;
  // What a member owned before is in there, too; only its topics count.
  if (protocol_type_ != kConsumerType) return false;
  auto old_topics = subscribed_topics(*old_metadata);
  return old_topics && old_topics == subscribed_topics(*metadata);
}

void Group::take_over(Member& before, const Join& request, const JoinTerms& terms, Now now, GroupActions& out) {
  answer_join(before, ErrorCode::fenced_instance_id, out);
  answer_sync(before, ErrorCode::fenced_instance_id, out);
  TakeOver taking{before, roster_.leader(), terms.fresh_member_id, terms.ticket, terms.can_skip_assignment};
  without_sync_.erase(before.id);
  Member& member = roster_.replace(taking.before.id, taking.new_id);
  take(request, member);
  member.client_id = terms.client_id;
  member.client_host = terms.client_host;
  keep_alive(member, now.ms);
  if (state_ == GroupState::stable && reads_the_same(taking.before, member)) {
    RecordId record = new_record();
    out.records.push_back({id_, to_value(nullptr), record});
    take_overs_.emplace(record, std::move(taking));
    return;
  }
  member.joining = terms.ticket;
  rebalance(now, out);
}

void Group::finish_take_over(const TakeOver& taking, GroupActions& out) {
  Member* member = roster_.find(taking.new_id);
  if (member == nullptr) {
    refuse(ErrorCode::unknown_member_id, taking.new_id, taking.ticket, out);
    return;
  }
  auto response = current_generation(*member);
  const bool leads = roster_.leader() == member->id;
  if (taking.can_skip_assignment) {
    response.skip_assignment = leads;
  } else {  // if it believed to lead it would divide anew
    response.leader = taking.leader_before;
    response.members.clear();
  }
  out.answer(taking.ticket, std::move(response));
}

void Group::undo_take_over(const TakeOver& taking, Now now, GroupActions& out) {
  refuse(ErrorCode::coordinator_not_available, taking.new_id, taking.ticket, out);
  Member* member = roster_.find(taking.new_id);
  if (member == nullptr) return;
  answer_join(*member, ErrorCode::coordinator_not_available, out);
  answer_sync(*member, ErrorCode::coordinator_not_available, out);
  Member& restored = roster_.replace(taking.new_id, taking.before.id);
  restored.protocols = taking.before.protocols;
  restored.session_timeout_ms = taking.before.session_timeout_ms;
  restored.rebalance_timeout_ms = taking.before.rebalance_timeout_ms;
  keep_alive(restored, now.ms);
}

// SyncGroup -------------------------------------------------------------------------------------------------------

Result<> Group::check_sync(const wire::SyncGroupRequest& request) {
  WEIR_TRY(roster_.check(request.member_id, request.group_instance_id));
  if (request.generation_id != generation_) return fail(ErrorCode::illegal_generation, "group " + id_);
  const bool has_type = !request.protocol_type || request.protocol_type == protocol_type_;
  const bool has_name = !request.protocol_name || !protocol_ || request.protocol_name == protocol_;
  if (!has_type || !has_name) return fail(ErrorCode::inconsistent_group_protocol, "group " + id_);
  if (state_ == GroupState::preparing_rebalance) return fail(ErrorCode::rebalance_in_progress, "group " + id_);
  return {};
}

void Group::sync(const wire::SyncGroupRequest& request, Ticket ticket, Now now, GroupActions& out) {
  if (auto checked = check_sync(request); !checked) {
    wire::SyncGroupResponse response;
    response.error_code = checked.error().code;
    out.answer(ticket, std::move(response));
    return;
  }
  Member& member = *roster_.find(request.member_id);
  keep_alive(member, now.ms);
  without_sync_.erase(member.id);
  answer_sync(member, ErrorCode::rebalance_in_progress, out);  // an earlier try of the same
  member.syncing = ticket;
  if (state_ == GroupState::stable) {
    answer_sync(member, ErrorCode::none, out);
  } else if (roster_.leader() == member.id && !division_) {
    divide(request, out);
  }
}

// Heartbeat, LeaveGroup, OffsetCommit -----------------------------------------------------------------------------

Result<> Group::heartbeat(const MemberIdentity& who, Now now) {
  WEIR_TRY_VAR(member, roster_.check(who.member_id, who.instance_id));
  if (who.generation != generation_) return fail(ErrorCode::illegal_generation, "group " + id_);
  keep_alive(*member, now.ms);
  if (state_ == GroupState::preparing_rebalance) return fail(ErrorCode::rebalance_in_progress, "group " + id_);
  return {};
}

Result<> Group::leave(const std::string& member_id, const std::optional<std::string>& instance_id, Now now,
                      GroupActions& out) {
  if (member_id.empty()) {
    Member* member = instance_id ? roster_.find_instance(*instance_id) : nullptr;
    if (member == nullptr) return fail(ErrorCode::unknown_member_id, "group " + id_ + ", no such instance");
    remove(std::string(member->id), now, out);
    return {};
  }
  if (roster_.forget_pending(member_id)) {
    if (state_ == GroupState::preparing_rebalance) complete_join_if_all_have(now, out);
    return {};
  }
  WEIR_TRY(roster_.check(member_id, instance_id));
  remove(member_id, now, out);
  return {};
}

Result<> Group::check_commit(const MemberIdentity& who, InTransaction in_transaction, Now now) {
  const bool is_anonymous = who.generation < 0 && who.member_id.empty() && !who.instance_id;
  if (is_anonymous) {
    // Nobody who reads by hand may move a group that has members; old transactional producers do not say who they are.
    if (state_ == GroupState::empty || in_transaction == InTransaction::yes) return {};
    return fail(ErrorCode::unknown_member_id, "group " + id_ + " has members");
  }
  WEIR_TRY_VAR(member, roster_.check(who.member_id, who.instance_id));
  if (who.generation != generation_) {
    return fail(ErrorCode::illegal_generation, "group " + id_ + " is in generation " + std::to_string(generation_) +
                                                   ", not " + std::to_string(who.generation));
  }
  if (state_ == GroupState::completing_rebalance && in_transaction == InTransaction::no) {
    return fail(ErrorCode::rebalance_in_progress, "group " + id_);
  }
  keep_alive(*member, now.ms);
  return {};
}

}  // namespace weir::log::broker
