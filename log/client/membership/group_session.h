// GroupSession: a part in a group without a consumer around it: for whoever reads the partitions with consumers of its
// own, on threads of its own, and commits in this member's name. Its owner carries out what `next` gives, one change at
// a time (AssignmentChange), and asks again: what goes to others is given up by then.
//
// One owner thread but for `wakeup`. Between calls of `next` background work of the Client tells the coordinator that
// the member lives.
#pragma once

#include <atomic>
#include <memory>

#include "log/client/membership/group_member.h"

namespace weir::log {

class GroupSession {
 public:
  GroupSession(std::shared_ptr<Transport> transport, Clock& clock, std::shared_ptr<Heartbeats> heartbeats,
               ConsumerOptions options, Subscription subscription, std::function<void()> before_join);

  const Result<>& started() const { return member_.started(); }

  // The next change; nothing if none came within `timeout`, or who waits was woken. Errors as of Consumer::poll; it may
  // be asked again.
  Result<std::optional<AssignmentChange>> next(Millis timeout);
  // Its owner lives, though it has no time for the group.
  void polled() { member_.polled(); }
  const GroupMetadata& who() const { return member_.who(); }
  const std::optional<OwnedBytes>& told() const { return member_.told(); }

  void subscribe(std::vector<std::string> topics, Rejoins rejoins) {
    member_.subscribe(Subscription::to(std::move(topics)), rejoins);
  }
  void rejoin() { member_.rejoin(); }
  // A commit in this generation was refused.
  void commit_refused(ErrorCode code, std::int32_t generation) { member_.commit_refused(code, generation); }
  // As GroupMember::leave.
  void leave(InstanceToo instance_too) { member_.leave(instance_too); }

  // Makes a running or the next `next` return early. From any thread.
  void wakeup();

 private:
  const ConsumerOptions options_;
  Connection connection_;
  ClusterView view_;
  std::atomic<bool> is_woken_{false};
  GroupMember member_;
};

}  // namespace weir::log
