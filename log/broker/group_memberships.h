// GroupMemberships: carries out what Groups decides about members, over the partitions of __consumer_offsets.
//
// Thread-safe. A decision is made and its records are appended under the shard's mutex; they are synced without it, and
// their fate is told under it again. Requests that wait are woken and go on by their own executors. What is due by the
// clock happens when whoever owns the timers turns them.
#pragma once

#include <random>
#include <string>
#include <unordered_map>

#include "log/base/timers.h"
#include "log/broker/group_shards.h"
#include "log/broker/waiting_requests.h"

namespace weir::log::broker {

class GroupMemberships {
 public:
  using Joining = WaitingRequests<wire::JoinGroupResponse>;
  using Syncing = WaitingRequests<wire::SyncGroupResponse>;

  // Records that wait for the disk are waited for on the pool; without one by whoever wrote them.
  GroupMemberships(GroupShards& shards, Clock& clock, Timers& timers, std::uint64_t seed, WorkPool* pool = nullptr)
      : shards_(shards), clock_(clock), timers_(timers), pool_(pool), random_(seed) {}

  // Who asks, besides what the message says.
  struct Caller {
    Executor& executor;
    std::string client_id;
    std::string client_host;
    std::int16_t version;  // of the message
  };
  Joining::Held join(const wire::JoinGroupRequest& request, const Caller& caller);
  Syncing::Held sync(const wire::SyncGroupRequest& request, const Caller& caller);
  // As Groups; not_coordinator.
  Result<> heartbeat(const MemberIdentity& who);
  Result<> leave(const std::string& group, const std::string& member_id, const std::optional<std::string>& instance_id);

  std::vector<wire::ListGroupsResponse::ListedGroup> list();
  wire::DescribeGroupsResponse::DescribedGroup describe(const std::string& group);

  // From now on time passes for members, too: once, when all is loaded and this process may write.
  void start();
  // Before `start`: the process that the members lived in is gone, and only static ones can come back.
  void remove_dynamic_members();
  // This node is the coordinator of that partition's groups no more: who waits is told so.
  void give_up(PartitionIndex partition);
  // And again. corrupt_data, io_error.
  Result<> take_back(PartitionIndex partition);

 private:
  using Shard = GroupShards::Shard;

  // decide(Groups&, now, GroupActions&) under the mutex, and then all that it asks for.
  template <class Decide>
  void carry_out(Shard& shard, Decide decide) WEIR_EXCLUDES(shard.mutex);
  // Appends what is to be appended; gives the records whose fate is open.
  std::vector<GroupRecord> append(Shard& shard, GroupActions& actions) WEIR_REQUIRES(shard.mutex);
  void settle(Shard& shard, std::vector<GroupRecord> written) WEIR_EXCLUDES(shard.mutex);
  void settle_now(Shard& shard, std::vector<GroupRecord> written) WEIR_EXCLUDES(shard.mutex);
  void deliver(GroupActions& actions);
  void set_alarm(Shard& shard) WEIR_EXCLUDES(shard.mutex);
  void ring(Shard& shard) WEIR_EXCLUDES(shard.mutex);

  Ticket new_ticket() WEIR_EXCLUDES(mutex_);
  std::string new_member_id(const std::string& prefix) WEIR_EXCLUDES(mutex_);

  GroupShards& shards_;
  Clock& clock_;
  Timers& timers_;
  WorkPool* pool_;
  Joining joining_;
  Syncing syncing_;

  Mutex mutex_;
  std::mt19937_64 random_ WEIR_GUARDED_BY(mutex_);
  std::uint64_t last_ticket_ WEIR_GUARDED_BY(mutex_) = 0;
  bool is_started_ WEIR_GUARDED_BY(mutex_) = false;
  std::unordered_map<Shard*, std::int64_t> alarms_ WEIR_GUARDED_BY(mutex_);  // when its timer rings the next time
};

}  // namespace weir::log::broker
