// Group: the members of one group, its generations and its rebalances: the classic protocol.
//
//            a member joins                all have joined, or the time is over          the leader has divided
//   empty ────────────────► preparing ───────────────────────────────► completing ──────────────────► stable
//     ▲                      │   ▲                                         │ a member comes, goes or changes │
//     └── nobody is left ────┘   └─────────────────────────────────────────┴─────────────────────────────────┘
//
// No I/O; the time is a parameter in milliseconds of any steady clock but where it says wall. Requests come in with a
// ticket, answers go out with it, some long after; nobody waits for ever: whoever waits is answered when the group goes
// on, when its member goes, or by `abandon`.
//
// What members are assigned is theirs when the record that says so is committed: `sync` gives the record, `committed`
// the answers, and `failed` undoes it by a rebalance. The same holds where an instance comes back under a new id.
//
// - generation grows by one with each completed rebalance and never goes back.
// - The members of a generation support its protocol.
// - Only in `stable` does a member have an assignment.
//
// Guarded by its owner. Rules: KIP-62, KIP-134, KIP-345, KIP-394, KIP-814; the same answers as Apache Kafka's
// coordinator gives, but that an instance which comes back with other topics is rebalanced.
#pragma once

#include <limits>
#include <set>

#include "log/broker/groups/membership/group_actions.h"
#include "log/broker/groups/membership/member_identity.h"
#include "log/broker/groups/membership/roster.h"
#include "log/wire/messages/describe_groups.h"

namespace weir::log::broker {

enum class GroupState { empty, preparing_rebalance, completing_rebalance, stable, dead };

std::string_view name_of(GroupState state);  // "PreparingRebalance"

WEIR_FLAG(InTransaction);

class Group {
 public:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::string_view kConsumerType = "consumer";  // the protocol type whose messages are known here

  Group(std::string id, const GroupLimits& limits, std::int64_t wall_ms);
  // As a record says. Every member has its whole session from now on.
  Group(std::string id, const GroupLimits& limits, const wire::GroupMetadataValue& value, std::int64_t now_ms);

  struct Now {
    std::int64_t ms;       // steady
    std::int64_t wall_ms;  // goes into records
  };

  // Requests. Answers to the first two are in `out`, now or later, under their tickets.
  void join(const wire::JoinGroupRequest& request, const JoinTerms& terms, Now now, GroupActions& out);
  void sync(const wire::SyncGroupRequest& request, Ticket ticket, Now now, GroupActions& out);
  // unknown_member_id, fenced_instance_id, illegal_generation, rebalance_in_progress.
  Result<> heartbeat(const MemberIdentity& who, Now now);
  // By id, or by instance if the id is empty. unknown_member_id, fenced_instance_id.
  Result<> leave(const std::string& member_id, const std::optional<std::string>& instance_id, Now now,
                 GroupActions& out);
  // May that member commit offsets now? A sign of life, too. As heartbeat.
  Result<> check_commit(const MemberIdentity& who, InTransaction in_transaction, Now now);

  // What became of a record.
  void committed(RecordId id, Now now, GroupActions& out);
  void failed(RecordId id, Now now, GroupActions& out);

  // Does what is due. kNever: nothing will be.
  void run_due(Now now, GroupActions& out);
  std::int64_t next_deadline_ms() const;

  // All go but for static ones: the process that they lived in is gone.
  void remove_dynamic_members(Now now, GroupActions& out);
  // Answers all that wait; the group is used no more.
  void abandon(ErrorCode reason, GroupActions& out);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  std::int32_t generation() const { return generation_; }
  const Roster& roster() const { return roster_; }
  const std::optional<std::string>& protocol_type() const { return protocol_type_; }
  std::int64_t in_state_since_wall_ms() const { return state_since_wall_ms_; }
  // Nothing is lost if it is forgotten.
  bool is_blank() const { return state_ == GroupState::empty && generation_ == 0 && roster_.pending().empty(); }
  // Is it known, and so, that a member reads that topic? False for protocol types that are not consumers'.
  bool is_subscribed_to(const std::string& topic) const;
  wire::DescribeGroupsResponse::DescribedGroup describe() const;

 private:
  using Join = wire::JoinGroupRequest;
  using Assignments = std::map<std::string, OwnedBytes>;  // by member id

  struct Division {  // what the leader sent, on its way into the log
    RecordId record;
    Assignments assignments;
  };
  struct TakeOver {  // an instance is back under a new id; the record of that is on its way into the log
    Member before;
    std::string leader_before;
    std::string new_id;
    Ticket ticket;
    bool can_skip_assignment;
  };

  void join_as_new(const Join& request, const JoinTerms& terms, Now now, GroupActions& out);
  void join_again(const Join& request, const JoinTerms& terms, Now now, GroupActions& out);
  void admit(const Join& request, const JoinTerms& terms, const std::string& member_id, Now now, GroupActions& out);
  void take_over(Member& before, const Join& request, const JoinTerms& terms, Now now, GroupActions& out);
  void finish_take_over(const TakeOver& take_over, GroupActions& out);
  void undo_take_over(const TakeOver& take_over, Now now, GroupActions& out);
  bool is_full() const { return roster_.members().size() >= limits_.max_members; }
  bool reads_the_same(const Member& before, const Member& now) const;

  Result<> check_sync(const wire::SyncGroupRequest& request);
  void divide(const wire::SyncGroupRequest& request, GroupActions& out);
  void settle(Assignments assignments, Now now, GroupActions& out);

  void rebalance(Now now, GroupActions& out);
  void prepare_rebalance(Now now, GroupActions& out);
  bool may_begin_alone() const;
  void complete_join_if_all_have(Now now, GroupActions& out);
  void complete_join(Now now, GroupActions& out);
  void remove(const std::string& member_id, Now now, GroupActions& out);
  void remove_expired(Now now, GroupActions& out);
  void remove_without_sync(Now now, GroupActions& out);
  void enter(GroupState state, Now now);

  void answer_join(Member& member, ErrorCode error, GroupActions& out);
  void answer_sync(Member& member, ErrorCode error, GroupActions& out);
  wire::JoinGroupResponse current_generation(const Member& member) const;
  RecordId new_record() { return RecordId(++last_record_); }
  wire::GroupMetadataValue to_value(const Assignments* assignments) const;
  std::int64_t rebalance_timeout_ms() const;

  const std::string id_;
  const GroupLimits& limits_;
  Roster roster_;
  GroupState state_ = GroupState::empty;
  std::int64_t state_since_wall_ms_;
  std::int32_t generation_ = 0;
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_;  // while completing and stable

  std::int64_t join_deadline_ms_ = kNever;  // while preparing
  std::optional<std::int64_t>
      gather_until_ms_;  // while preparing from empty: newcomers put the deadline off up to here
  bool has_newcomer_ = false;
  std::int64_t sync_deadline_ms_ = kNever;
  std::set<std::string> without_sync_;  // members that were told a generation and have not asked what is theirs
  std::optional<Division> division_;
  std::map<RecordId, TakeOver> take_overs_;
  std::uint64_t last_record_ = 0;
};

}  // namespace weir::log::broker
