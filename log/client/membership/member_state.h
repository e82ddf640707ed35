// MemberState: what a member of a group does next, after each answer of its coordinator. No I/O, no clock.
//
//   unjoined ──join──► joining ──told a generation──► syncing ──told its partitions──► stable
//      ▲                  │                              │                              │
//      └── try again ─────┴───────── rebalance ──────────┴── rebalance, or dropped ─────┘
//
// A member that was dropped, or whose generation the coordinator does not know, has lost its partitions: others may
// have them already. Rules: the classic protocol, KIP-345, KIP-394, KIP-814.
#pragma once

#include <optional>
#include <string>

#include "log/base/result.h"
#include "log/client/producer.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/sync_group.h"

namespace weir::log {

class MemberState {
 public:
  enum class Phase { unjoined, joining, syncing, stable };

  // What an answer leads to.
  enum class Next {
    join,        // at once
    join_later,  // after a pause
    divide,      // the group's topics among the members that were told, then sync
    sync,
    use,   // the assignment that was told
    fail,  // the error is for the user; it stays unjoined
  };
  struct Outcome {
    Next next = Next::join;
    bool has_lost = false;             // what it had before is not its own any more
    Error error{ErrorCode::none, {}};  // of fail, and why it is later
  };

  MemberState(std::string group, std::optional<std::string> instance_id) {
    who_.group_id = std::move(group);
    who_.group_instance_id = std::move(instance_id);
  }

  Phase phase() const { return phase_; }
  const GroupMetadata& who() const { return who_; }
  bool is_leader() const { return is_leader_; }
  const std::string& protocol() const { return protocol_; }

  void joining() { phase_ = Phase::joining; }
  Outcome joined(const wire::JoinGroupResponse& response);
  Outcome synced(ErrorCode code);
  // What the coordinator said to a heartbeat or a commit of `generation`: nothing if it does not concern this member
  // any more, or changes nothing.
  std::optional<Outcome> heard(ErrorCode code, std::int32_t generation);
  // There was no answer.
  Outcome unanswered(Error why);

  // Wants another rebalance; stays what it is until then.
  void rejoin() { phase_ = Phase::unjoined; }
  // Is no member any more; knows no id.
  void left();

 private:
  Outcome again(ErrorCode code, const char* request);
  Outcome drop(bool forgets_id);

  GroupMetadata who_;
  Phase phase_ = Phase::unjoined;
  bool is_leader_ = false;
  std::string protocol_;
};

}  // namespace weir::log
