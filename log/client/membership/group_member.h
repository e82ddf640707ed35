// GroupMember: one consumer's part in its group: does what MemberState decides, over the coordinator.
//
// It is driven by `step`, which never waits for other members: a request that they hold up stays on its way. What
// happens to the assignment is handed out as changes, one at a time, each to be carried out before the next step:
//
//   eager         revoked (all) ─► joins ─► assigned (all)
//   cooperative   joins, and reads on ─► revoked (what others get) ─► assigned (what is new) ─► joins again, if
//   anything
//                 was revoked
//   dropped       lost (all) ─► joins
//
// Owner: the consumer's thread, outside of its coroutines. Must be destroyed when the connection's loop turns no more.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "log/base/strong.h"
#include "log/client/consumer.h"
#include "log/client/membership/division.h"
#include "log/client/membership/heartbeats.h"
#include "log/client/membership/member_state.h"
#include "log/client/membership/subscription.h"

namespace weir::log {

struct AssignmentChange {
  enum class Kind { assigned, revoked, lost };
  Kind kind;
  std::vector<TopicPartition> concerned;
  std::vector<TopicPartition> assignment;  // from then on
};

WEIR_FLAG(Rejoins);
WEIR_FLAG(InstanceToo);

class GroupMember {
 public:
  // Heartbeats are shared with other consumers. What comes by another thread wakes the connection's loop.
  GroupMember(Connection& connection, ClusterView& view, const ConsumerOptions& options,
              std::shared_ptr<Heartbeats> heartbeats, Subscription subscription);
  ~GroupMember();

  // The owner polls: it lives, and has time for the group.
  void polled();
  // Goes on as far as that is possible now: the next change, nullopt if there is none for the time being. Errors are
  // for the user; it may be asked again.
  Result<std::optional<AssignmentChange>> step();
  // When there may be something to do though nothing came.
  std::int64_t next_step_ns() const;

  // `rejoins`: the others are told at once, by a rebalance; else when there is one.
  void subscribe(Subscription subscription, Rejoins rejoins = Rejoins::yes);
  // Wants another rebalance, as what its assignors say of it changed.
  void rejoin();
  // `call` is called before a request to join leaves: its generation may be over soon. It may wait for a moment; the
  // member is still known to live.
  void set_before_join(std::function<void()> call) { before_join_ = std::move(call); }
  // What the leader's assignor told this member beside its partitions, with the last assignment.
  const std::optional<OwnedBytes>& told() const { return told_; }
  const Result<>& started() const { return started_; }  // io_error: there is no thread for its heartbeats
  const GroupMetadata& who() const { return state_.who(); }
  // A commit in this generation was refused.
  void commit_refused(ErrorCode code, std::int32_t generation);
  // Gives everything up without telling: the change is carried out by the caller. An instance stays in the group,
  // unless it is to leave too.
  void leave(InstanceToo instance_too = InstanceToo::no);

 private:
  void take(MemberState::Outcome outcome);
  void join_later(Error why);
  void take_news();
  // Looks whether an answer came.
  void take_answers();
  void take_joined(Result<wire::JoinGroupResponse> response);
  void take_synced(Result<wire::SyncGroupResponse> response);
  void take_assignment(std::vector<TopicPartition> assignment);

  void prepare_join();
  void start_join();
  Result<wire::JoinGroupRequest> join_request();
  // What a leader does: learns what the group reads and, unless the assignment is to stay, divides it.
  Result<> lead(const wire::JoinGroupResponse& joined, bool divides, wire::SyncGroupRequest& request);
  void start_sync(const wire::JoinGroupResponse& joined, bool divides);
  void beat_if_due();
  void refresh_if_due();
  void lose();
  bool is_cooperative() const;
  std::int64_t now_ns() const { return connection_.clock.monotonic_ns(); }
  // Requests on their way. An answer is taken only if it is still waited for.
  void start(Task<Result<>> task);
  Task<Result<>> join(wire::JoinGroupRequest request, std::uint64_t attempt);
  Task<Result<>> sync(wire::SyncGroupRequest request, std::uint64_t attempt);
  Task<Result<>> beat(GroupMetadata who);

  Connection& connection_;
  ClusterView& view_;
  const ConsumerOptions& options_;
  const std::vector<std::shared_ptr<const Assignor>> assignors_;
  const std::shared_ptr<Heartbeats> heartbeats_;
  Result<> started_;
  const std::shared_ptr<Pulse> pulse_;  // shared: with heartbeats_

  Subscription subscription_;
  std::function<void()> before_join_;
  std::optional<OwnedBytes> told_;
  MemberState state_;
  std::vector<TopicPartition> owned_;  // when the changes that were handed out are carried out
  OwnedPartitions last_assignment_;    // what sticky assignors remember
  std::deque<AssignmentChange> changes_;
  std::optional<Error> error_;
  bool is_prepared_ = false;                  // what has to be given up before it joins was given up
  std::int64_t not_before_ns_ = 0;            // the next try to join
  std::optional<std::int64_t> told_at_ns_{};  // while it cannot join: when the user is told why

  PartitionCounts divided_;  // as the leader of the generation
  std::int64_t refresh_ns_ = 0;

  std::uint64_t attempt_ = 0;  // the last one to join or to sync
  bool is_waiting_ = false;    // for its answer
  std::optional<Result<wire::JoinGroupResponse>> joined_;
  std::optional<Result<wire::SyncGroupResponse>> synced_;
  std::vector<Task<Result<>>> on_the_way_;
};

}  // namespace weir::log
