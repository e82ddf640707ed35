// CommittedOffsets: the offsets of the groups whose ids belong to one partition of __consumer_offsets.
//
// No I/O and no clock: what is committed to the log becomes part of the state by `apply`. Offsets that were committed
// inside a transaction wait, per producer, for the marker that arrives in this same partition, and are applied or
// dropped by it. Of two commits of one offset the later one in the log wins, in whatever order they are applied.
//
// Guarded by its owner. Rules: KIP-98, KIP-447, KIP-211 (expiration).
#pragma once

#include <functional>
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

class CommittedOffsets {
 public:
  // The change stands in the log at `position`, by a transaction of that producer or by itself.
  void apply(const OffsetChange& change, Offset position, std::optional<ProducerId> transaction);
  // The producer's marker stands in the log.
  void end_transaction(ProducerId producer, EndMarkerType outcome);

  // unstable_offset_commit, if a stable one is required and an open transaction commits this offset.
  Result<std::optional<CommittedOffset>> fetch(const std::string& group, const TopicPartition& partition,
                                               RequireStable stable) const;
  // The partitions for which the group has committed something, or a transaction is about to.
  std::vector<TopicPartition> partitions_of(const std::string& group) const;
  bool has_any(const std::string& group) const { return !partitions_of(group).empty(); }

  // Forgets what the groups committed for a topic that is gone, but not what a transaction is about to commit.
  std::vector<OffsetChange> forget_topic(const std::string& topic) const;
  // Forgets all that the group has, also what a transaction is about to commit.
  std::vector<OffsetChange> forget_group(const std::string& group) const;
  // Forgets those of a group that `is_over` names, but for what a transaction is about to commit.
  using IsOver = std::function<bool(const TopicPartition&, const CommittedOffset&)>;
  std::vector<OffsetChange> forget_where(const std::string& group, const IsOver& is_over) const;

  // Groups that have an offset, or whose offset a transaction is about to commit.
  std::vector<std::string> groups() const;

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
