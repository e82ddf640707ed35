// GroupOffsets: commits and tells the offsets of groups: Groups over the partitions of __consumer_offsets.
//
// Thread-safe. What is committed can be read when it is written, and synced if answers are to wait for that; an offset
// of a transaction when its marker is.
#pragma once

#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/broker/coordinator_shards.h"
#include "log/broker/groups.h"
#include "log/broker/txn_coordinator.h"

namespace weir::log::broker {

class Transactions;

class GroupOffsets {
 public:
  GroupOffsets(Topics& topics, Clock& clock, std::int32_t partitions)
      : clock_(clock), shards_(topics, kOffsetsTopic, partitions) {}

  Result<> load();  // corrupt_data, io_error

  // One outcome an offset. Else nothing is committed: illegal_generation, unknown_member_id, no_space, storage_error.
  Result<std::vector<Result<>>> commit(const GroupMember& member, const std::vector<OffsetToCommit>& offsets);

  // The same as part of a producer's open transaction, to which the group's partition was added before.
  struct InTransaction {
    std::string transactional_id;
    ProducerIdentity producer;
  };
  Result<std::vector<Result<>>> commit(const GroupMember& member, const std::vector<OffsetToCommit>& offsets,
                                       const InTransaction& in, Transactions& transactions);

  // unstable_offset_commit
  Result<std::optional<CommittedOffset>> fetch(const std::string& group, const TopicPartition& partition,
                                               RequireStable stable);
  std::vector<TopicPartition> partitions_of(const std::string& group);

  // The partition that keeps the group's offsets.
  Result<TopicPartition> partition_for(const std::string& group);

  // Appends a producer's marker to a partition of __consumer_offsets, and applies or drops what waits for it there.
  Result<> end_transaction(PartitionIndex partition, const RecordBatch& marker, EndMarkerType outcome);

  // A topic is gone, and with it what groups committed for it.
  Result<> forget(const std::string& topic);

 private:
  using Shards = CoordinatorShards<Groups>;
  Result<> append_and_apply(Shards::Shard& shard, const std::vector<OffsetChange>& changes) EXCLUDES(shard.mutex);

  Clock& clock_;
  Shards shards_;
};

}  // namespace weir::log::broker
