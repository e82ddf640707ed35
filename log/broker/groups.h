// Groups: the committed offsets of the groups whose ids belong to one partition of __consumer_offsets.
//
// No I/O and no clock: a decision gives the offsets to append; they are part of the state by `apply`, when they are
// committed to the log. Offsets that were committed inside a transaction wait, per producer, for the marker that
// arrives in this same partition, and are applied or dropped by it. Of two commits of one offset the later one in the
// log wins, in whatever order they are applied.
//
// Members, generations and rebalances join here: until then every group is empty, and only those who assign partitions
// by hand, with generation -1 and no member id, may commit.
//
// Guarded by its owner. Rules: KIP-98, KIP-447; the same answers as Apache Kafka's coordinator gives.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/model/record_batch.h"

namespace weir::log::broker {

struct CommittedOffset {
  Offset offset{0};
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::string metadata;
  std::int64_t commit_ms = kNoTimestamp;
  bool operator==(const CommittedOffset&) const = default;
};

// Who commits.
struct GroupMember {
  std::string group;
  std::int32_t generation = -1;
  std::string member_id{};
  std::optional<std::string> instance_id{};
};

struct OffsetToCommit {
  TopicPartition partition;
  CommittedOffset value;
};

// One record: what it says about one offset of one group; nothing: the offset is forgotten.
struct OffsetChange {
  std::string group;
  TopicPartition partition;
  std::optional<CommittedOffset> value;
};

WEIR_FLAG(RequireStable);  // KIP-447

class Groups {
 public:
  static constexpr std::size_t kLongestMetadata = 4096;  // offset.metadata.max.bytes

  struct Commit {
    std::vector<OffsetChange> changes;  // to be appended, in one batch; may be none
    std::vector<Result<>> outcomes;     // one for each offset asked for; offset_metadata_too_large
  };
  // illegal_generation, unknown_member_id: nothing is committed.
  Result<Commit> decide_commit(const GroupMember& member, const std::vector<OffsetToCommit>& offsets) const;

  // Forgets what the groups committed for a topic that is gone, but not what a transaction is about to commit.
  std::vector<OffsetChange> decide_forget(const std::string& topic) const;

  // The change stands in the log at `position`, by a transaction of that producer or by itself.
  void apply(const OffsetChange& change, Offset position, std::optional<ProducerId> transaction);
  // The producer's marker stands in the log.
  void end_transaction(ProducerId producer, EndMarkerType outcome);

  // unstable_offset_commit, if a stable one is required and an open transaction commits this offset.
  Result<std::optional<CommittedOffset>> fetch(const std::string& group, const TopicPartition& partition,
                                               RequireStable stable) const;
  // The partitions for which the group has committed something, or a transaction is about to.
  std::vector<TopicPartition> partitions_of(const std::string& group) const;

  std::vector<std::string> ids() const;

 private:
  struct Applied {
    std::optional<CommittedOffset> value;
    Offset position;  // of its record
  };
  struct Pending {
    OffsetChange change;
    Offset position;
  };
  using Offsets = std::map<TopicPartition, Applied>;

  void apply_now(const OffsetChange& change, Offset position);
  bool is_unstable(const std::string& group, const TopicPartition& partition) const;

  std::map<std::string, Offsets> groups_;
  std::map<ProducerId, std::vector<Pending>> transactions_;
};

}  // namespace weir::log::broker
