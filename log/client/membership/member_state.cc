#include "log/client/membership/member_state.h"

#include "log/client/cure.h"

namespace weir::log {

MemberState::Outcome MemberState::drop(bool forgets_id) {
  const bool had_generation = who_.generation >= 0;
  if (forgets_id) who_.member_id.clear();
  who_.generation = -1;
  is_leader_ = false;
  phase_ = Phase::unjoined;
  return {Next::join, had_generation};
}

MemberState::Outcome MemberState::again(ErrorCode code, const char* request) {
  switch (code) {
    case ErrorCode::rebalance_in_progress:
      phase_ = Phase::unjoined;
      return {Next::join};
    case ErrorCode::unknown_member_id:
      return drop(true);
    case ErrorCode::illegal_generation:
      return drop(false);
    case ErrorCode::fenced_instance_id: {
      auto outcome = drop(true);
      outcome.next = Next::fail;
      outcome.error = {code, std::string(request) + " " + who_.group_id};
      return outcome;
    }
    default:
      phase_ = Phase::unjoined;
      if (cure_of(code) != Cure::none)
        return {Next::join_later, false, {code, std::string(request) + " " + who_.group_id}};
      return {Next::fail, false, {code, std::string(request) + " " + who_.group_id}};
  }
}

MemberState::Outcome MemberState::joined(const wire::JoinGroupResponse& response) {
  if (response.error_code == ErrorCode::member_id_required) {
    who_.member_id = response.member_id;
    phase_ = Phase::unjoined;
    return {Next::join};
  }
  if (response.error_code != ErrorCode::none) return again(response.error_code, "JoinGroup");
  who_.member_id = response.member_id;
  who_.generation = response.generation_id;
  is_leader_ = response.leader == response.member_id;
  protocol_ = response.protocol_name.value_or("");
  phase_ = Phase::syncing;
  return {is_leader_ && !response.skip_assignment ? Next::divide : Next::sync};
}

MemberState::Outcome MemberState::synced(ErrorCode code) {
  if (code != ErrorCode::none) return again(code, "SyncGroup");
  phase_ = Phase::stable;
  return {Next::use};
}

std::optional<MemberState::Outcome> MemberState::heard(ErrorCode code, std::int32_t generation) {
  if (generation != who_.generation || generation < 0) return std::nullopt;
  switch (code) {
    case ErrorCode::rebalance_in_progress:
      if (phase_ != Phase::stable) return std::nullopt;  // it is joining already
      return again(code, "Heartbeat");
    case ErrorCode::unknown_member_id:
    case ErrorCode::illegal_generation:
    case ErrorCode::fenced_instance_id:
      return again(code, "Heartbeat");
    default:
      return std::nullopt;  // the next one may get through
  }
}

MemberState::Outcome MemberState::unanswered(Error why) {
  phase_ = Phase::unjoined;
  const bool can_be_asked = why.code != ErrorCode::unsupported_version && why.code != ErrorCode::invalid_argument;
  return {can_be_asked ? Next::join_later : Next::fail, false, std::move(why)};
}

void MemberState::left() {
  (void)drop(true);
}

}  // namespace weir::log
