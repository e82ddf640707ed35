// GroupOffsets: commits, tells and forgets the offsets of groups.
//
// Thread-safe. A commit is checked against the group's members and appended in one step, so that none of an earlier
// generation comes behind a rebalance. What is committed can be read when it is written, and synced if answers are to
// wait for that; an offset of a transaction when its marker is.
#pragma once

#include <string>
#include <vector>

#include "log/broker/group_shards.h"
#include "log/broker/txn_coordinator.h"

namespace weir::log::broker {

class Transactions;

class GroupOffsets {
 public:
  GroupOffsets(GroupShards& shards, Clock& clock) : shards_(shards), clock_(clock) {}

  // One outcome an offset. Else nothing is committed: illegal_generation, unknown_member_id, fenced_instance_id,
  // rebalance_in_progress, not_coordinator, no_space, storage_error.
  Result<std::vector<Result<>>> commit(const MemberIdentity& who, const std::vector<OffsetToCommit>& offsets);

  // The same as part of a producer's open transaction, to which the group's partition was added before.
  struct InProducersTransaction {
    std::string transactional_id;
    ProducerIdentity producer;
  };
  Result<std::vector<Result<>>> commit(const MemberIdentity& who, const std::vector<OffsetToCommit>& offsets,
                                       const InProducersTransaction& in, Transactions& transactions);

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
  Result<> set(const Committed& committed);

  // The partition that keeps the group's offsets.
  Result<TopicPartition> partition_for(const std::string& group);

  // Appends a producer's marker to a partition of __consumer_offsets, and applies or drops what waits for it there.
  Result<> end_transaction(PartitionIndex partition, const RecordBatch& marker, EndMarkerType outcome);

  // One outcome a partition: group_subscribed_to_topic. As Groups::decide_delete_offsets.
  Result<std::vector<Result<>>> remove(const std::string& group, const std::vector<TopicPartition>& partitions);
  // The group with all it committed. group_id_not_found, non_empty_group, not_coordinator, no_space, storage_error.
  Result<> remove_group(const std::string& group);
  // A topic is gone, and with it what groups committed for it.
  Result<> forget_topic(const std::string& topic);
  // What was kept long enough. What cannot be written now is tried again the next time.
  void expire();

 private:
  using Shard = GroupShards::Shard;

  // The groups' part of it is known at once, the offsets' when it is durable.
  Result<> append(Shard& shard, const Groups::Forgotten& forgotten) WEIR_EXCLUDES(shard.mutex);

  GroupShards& shards_;
  Clock& clock_;
};

}  // namespace weir::log::broker
