// GroupService: carries out what GroupCoordinator decides, over the partitions of __consumer_offsets: members
// (members.cc, consumers.cc) and offsets (offsets.cc).
//
// Thread-safe. A decision is made, and its records are appended, under the shard's mutex, so that no commit of an
// earlier generation comes behind a rebalance; how they become known is StateLog's. Requests that wait are woken and go
// on by their own executors. What is due by the clock happens when whoever owns the timers turns them.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/base/clock.h"
#include "log/base/timers.h"
#include "log/broker/coordination/producer_identity.h"
#include "log/broker/coordination/state_logs.h"
#include "log/broker/groups/coordinator.h"
#include "log/broker/groups/topics_now.h"
#include "log/broker/groups/waiting_requests.h"

namespace weir::log::broker {

class GroupService {
 public:
  using Joining = WaitingRequests<wire::JoinGroupResponse>;
  using Syncing = WaitingRequests<wire::SyncGroupResponse>;
  using Outcomes = std::vector<Result<>>;

  struct Options {
    std::int32_t partitions = 4;  // of its topic
    GroupLimits limits{};
    std::uint64_t seed = 0;  // of members' ids
  };

  GroupService(Topics& topics, Clock& clock, Timers& timers, Options options);

  // Reads its topic, or what came to it since. Before first use.
  void load();
  // Partitions of its topic that serve nobody, and why.
  std::vector<Error> faults() { return shards_.faults(); }
  // From now on time passes for members, too: once, when all is loaded and this process may write.
  void start();

  // This node is the coordinator of that partition's groups no more, or again, from that epoch of the partition's
  // leadership on: who waits is told so. As StateLog.
  void resign(PartitionIndex partition, LeaderEpoch epoch);
  Task<Result<>> adopt(PartitionIndex partition, LeaderEpoch epoch, Executor& executor);

  // Members ---------------------------------------------------------------------------------------------------------

  // Who asks, besides what the message says.
  struct Caller {
    Executor& executor;
    std::string client_id;
    std::string client_host;
    std::int16_t version;  // of the message
  };
  Task<wire::JoinGroupResponse> join(wire::JoinGroupRequest request, Caller caller);
  Task<wire::SyncGroupResponse> sync(wire::SyncGroupRequest request, Caller caller);
  // As GroupCoordinator; not_coordinator.
  Result<> heartbeat(const MemberIdentity& who);
  Result<> leave(const std::string& group, const std::string& member_id, const std::optional<std::string>& instance_id);
  // Of groups of the new protocol. Errors, in the answer, as ConsumerGroup::check and
  // GroupCoordinator::consumer_heartbeat; not_coordinator, coordinator_not_available, storage_error. What the answer
  // says is written, and synced if answers are to wait for that.
  Task<ConsumerGroup::Response> consumer_heartbeat(ConsumerGroup::Request request, Caller caller);
  // group_id_not_found, not_coordinator.
  Result<wire::ConsumerGroupDescribeResponse::DescribedGroup> describe_consumer(const std::string& group);
  // Before `start`: the process that the members lived in is gone, and only static ones can come back.
  void remove_dynamic_members();

  std::vector<wire::ListGroupsResponse::ListedGroup> list();
  wire::DescribeGroupsResponse::DescribedGroup describe(const std::string& group);

  // Offsets ---------------------------------------------------------------------------------------------------------

  // One outcome an offset. Else nothing is committed: illegal_generation, unknown_member_id, fenced_instance_id,
  // rebalance_in_progress, not_coordinator, no_space, storage_error. What is committed can be read when it is written,
  // and synced if answers are to wait for that.
  Task<Result<Outcomes>> commit(MemberIdentity who, std::vector<OffsetToCommit> offsets, Executor& executor);

  // The same as part of a producer's open transaction, to which the group's partition was added before; `append` asks
  // the transaction's coordinator. Known when its marker is; synced with it.
  struct InProducersTransaction {
    ProducerIdentity producer;
    std::function<Result<Partition::Appended>(Partition&, const RecordBatch&)> append;
  };
  Task<Result<Outcomes>> commit(MemberIdentity who, std::vector<OffsetToCommit> offsets, InProducersTransaction in,
                                Executor& executor);

  // Appends a producer's marker to a partition of the topic, and applies or drops what waits for it there.
  Result<> end_transaction(PartitionIndex partition, const RecordBatch& marker, EndMarkerType outcome);

  // May who says to be that member ask for what its group committed? As GroupCoordinator.
  Result<> check_fetch(const std::string& group, const std::optional<std::string>& member_id, std::int32_t epoch);
  // unstable_offset_commit, not_coordinator.
  Result<std::optional<CommittedOffset>> fetch(const std::string& group, const TopicPartition& partition,
                                               RequireStable stable);
  std::vector<TopicPartition> partitions_of(const std::string& group);
  // Everything that is committed.
  struct Committed {
    std::string group;
    TopicPartition partition;
    CommittedOffset offset;
  };
  std::vector<Committed> all();
  // Commits in a group's stead. not_coordinator, no_space, storage_error.
  Task<Result<>> set(Committed committed, Executor& executor);

  // The partition that keeps the group's offsets.
  Task<Result<TopicPartition>> partition_for(std::string group, Executor& executor);

  // One outcome a partition: group_subscribed_to_topic. As GroupCoordinator::decide_delete_offsets.
  Task<Result<Outcomes>> remove(std::string group, std::vector<TopicPartition> partitions, Executor& executor);
  // The group with all it committed. group_id_not_found, non_empty_group, not_coordinator, no_space, storage_error.
  Task<Result<>> remove_group(std::string group, Executor& executor);
  // A topic is gone, and with it what groups committed for it.
  Task<Result<>> forget_topic(std::string topic, Executor& executor);
  // What was kept long enough. What cannot be written now is tried again the next time.
  Task<Result<>> expire(Executor& executor);

 private:
  using Shards = StateLogs<GroupCoordinator>;
  using Shard = Shards::Shard;
  using Entry = Shard::Entry;

  GroupCoordinator::Now now() const { return {clock_.monotonic_ms(), clock_.wall_ms()}; }
  Shards::Apply apply_now() const;

  // decide(GroupCoordinator&, now, GroupActions&) under the mutex, and then all that it asks for.
  template <class Decide>
  void carry_out(Shard& shard, Decide decide) WEIR_EXCLUDES(shard.mutex);
  void refuse(const Error& why, GroupActions& actions);
  void append(Shard& shard, GroupActions& actions) WEIR_REQUIRES(shard.mutex);
  Task<Result<ConsumerGroup::Response>> try_heartbeat(ConsumerGroup::Request request, Caller caller);
  // What changed of groups of the new protocol, if anything did.
  Result<std::optional<Entry>> take_changes(Shard& shard) WEIR_REQUIRES(shard.mutex);
  void append_changes(Shard& shard) WEIR_REQUIRES(shard.mutex);
  TopicsNow topics_now() WEIR_EXCLUDES(mutex_);
  void deliver(GroupActions& actions);
  void set_alarm(Shard& shard) WEIR_EXCLUDES(shard.mutex);
  void ring(Shard& shard) WEIR_EXCLUDES(shard.mutex);

  // The groups' part of it is known at once, the offsets' when it is durable.
  Result<Entry> forgetting(Shard& shard, GroupCoordinator::Forgotten forgotten) const;
  std::vector<Wish> own(const Shard& shard) const { return {{shard.partition, SyncIf::wanted}}; }

  // What passes is worth another try; what does not is not told as if it did.
  static ErrorCode code_for_members(const Error& error);

  Ticket new_ticket() WEIR_EXCLUDES(mutex_);
  std::string new_member_id(const std::string& prefix) WEIR_EXCLUDES(mutex_);

  Topics& topics_;
  Clock& clock_;
  Timers& timers_;
  const GroupLimits limits_;
  Shards shards_;
  Joining joining_;
  Syncing syncing_;

  Mutex mutex_;
  std::mt19937_64 random_ WEIR_GUARDED_BY(mutex_);
  std::uint64_t last_ticket_ WEIR_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const cluster::Metadata> last_metadata_ WEIR_GUARDED_BY(mutex_);  // shared: with Topics
  std::uint64_t topics_version_ WEIR_GUARDED_BY(mutex_) = 0;
  bool is_started_ WEIR_GUARDED_BY(mutex_) = false;
  std::unordered_map<Shard*, std::int64_t> alarms_ WEIR_GUARDED_BY(mutex_);  // when its timer rings the next time
};

}  // namespace weir::log::broker
