// Replica: how far the records of one partition are safe, as one of its replicas knows it: the high watermark and what
// becomes of an append are decided here and nowhere else. One node alone is the case of one replica.
//
//   high_watermark <= durable_end <= end      (durable_end: `synced` where a sync must come first, else `end`)
//   leader:    high_watermark <= what each in-sync replica says it has
//   follower:  high_watermark <= what the leader said
//
// The high watermark never falls, but where the log itself is cut below it. No I/O, no lock, no time: guarded by its
// owner, who tells it what happens. Rules: Apache Kafka's, with KIP-101 and KIP-966.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "log/base/result.h"
#include "log/base/strong.h"
#include "log/model/ids.h"

namespace weir::log::cluster {

WEIR_FLAG(SyncFirst);  // records count from when they are synced

// What an append waits for.
enum class Until {
  written,    // acks=1: the leader has it, synced if that must come first
  committed,  // acks=all: every in-sync replica has it, and they are enough
  synced,     // it is synced here, whatever its topic wants
};

class Replica {
 public:
  enum class Role { leader, follower };

  // As the log stands when it is opened: the leader, alone, of everything that is there.
  Replica(NodeId self, LeaderEpoch epoch, Offset end, Offset synced, SyncFirst sync_first)
      : self_(self),
        epoch_(epoch),
        replicas_{self},
        in_sync_{self},
        end_(end),
        synced_(synced),
        high_watermark_(end),
        sync_first_(sync_first) {}

  // Leadership. An epoch that is older than the present one is fenced_leader_epoch, and changes nothing. What the
  // others have is not known until they say so in the new epoch.
  Result<> become_leader(LeaderEpoch epoch, std::set<NodeId> replicas, std::set<NodeId> in_sync);
  Result<> become_follower(LeaderEpoch epoch);
  // Of a leader: decided by whoever watches who keeps up. Contains this node.
  void set_in_sync(std::set<NodeId> in_sync);

  void set_sync_first(SyncFirst sync_first);
  void set_min_in_sync(std::int32_t replicas);

  // This node's log.
  void appended(Offset end);
  void synced(Offset synced);
  void truncated(Offset end);

  // Of a leader: the follower has everything below `end`, and safely: it fetches from there. not_leader_or_follower: it
  // is none of the partition's replicas, or this is no leader.
  Result<> follower_has(NodeId follower, Offset end);
  // Of a follower: what its leader says.
  void leader_says(Offset high_watermark);

  // Before an append. not_leader_or_follower; not_enough_replicas: it is to be committed and too few are in sync.
  Result<> check_append(Until until) const;
  // What became of the records below `end`; nothing as long as it is open. not_leader_or_follower: somebody else
  // decides now; not_enough_replicas_after_append.
  std::optional<Result<>> outcome(Offset end, Until until) const;

  Role role() const { return role_; }
  LeaderEpoch epoch() const { return epoch_; }
  Offset high_watermark() const { return high_watermark_; }
  const std::set<NodeId>& in_sync() const { return in_sync_; }
  bool must_sync_first() const { return sync_first_ == SyncFirst::yes; }
  Offset durable_end() const { return must_sync_first() ? synced_ : end_; }

 private:
  Result<> enter(LeaderEpoch epoch);
  bool are_enough() const;
  void raise();

  NodeId self_;
  Role role_ = Role::leader;
  LeaderEpoch epoch_;
  std::set<NodeId> replicas_;  // all there are to be
  std::set<NodeId> in_sync_;
  std::map<NodeId, Offset> ends_;  // of the others, since they spoke in this epoch
  std::size_t min_in_sync_ = 1;
  Offset end_;
  Offset synced_;
  Offset leaders_{0};  // high watermark, as told
  Offset high_watermark_;
  SyncFirst sync_first_;
};

}  // namespace weir::log::cluster
