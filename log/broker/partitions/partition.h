// Partition: one partition of this node as requests see it: a PartitionLog behind one mutex, and those who wait for it
// to grow, or for what they appended to be safe.
//
// The mutex is held for one append, one read plan or one decision; files are read and synced without it. Readers never
// see past the high watermark, which cluster::Replica decides; nothing here does.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "log/base/condition.h"
#include "log/base/timers.h"
#include "log/base/waiter.h"
#include "log/broker/partitions/append_policy.h"
#include "log/cluster/flush.h"
#include "log/cluster/replica.h"
#include "log/storage/partition_log.h"

namespace weir::log::broker {

using cluster::Flush;
using cluster::Until;

enum class SyncIf {
  wanted,    // if the topic's records are to be synced before they are answered, and something is not
  unsynced,  // if something is not, whatever the topic wants
};

// When a wait ends without what was waited for: monotonic.
struct Deadline {
  Timers& timers;
  std::int64_t at_ns;
};

class Partition {
 public:
  struct Positions {
    Offset log_start;
    Offset high_watermark;
    Offset last_stable_offset;
    Offset end;
    Offset synced;
    LeaderEpoch latest_epoch;
    Offset cleaned_to{0};
  };
  struct Piece {
    storage::ReadPlan plan;
    Positions positions;
    std::vector<storage::AbortedTransaction> aborted;  // within the plan's bounds, if it is for committed records
  };
  // What was appended stands in the log; what it waits for may be still to come.
  struct Appended {
    Offset base_offset;
    Offset last_offset;
    Offset end;  // of the batch
    Offset log_start;
    bool is_done = false;  // what was to be waited for is there already
  };

  // As the leader, the only replica, until something else is said.
  Partition(TopicPartition name, TopicId topic_id, std::unique_ptr<storage::PartitionLog> log, FileSystem& files,
            Clock& clock, LeaderEpoch epoch, Flush flush, NodeId self = NodeId(0));

  const TopicPartition& name() const { return name_; }
  const TopicId& topic_id() const { return topic_id_; }
  FileSystem& files() { return files_; }
  LeaderEpoch epoch() const { return epoch_.load(std::memory_order_relaxed); }

  // Records become visible, and are answered, when they are synced (Flush::before_answer) or at once.
  void set_flush(Flush flush) WEIR_EXCLUDES(mutex_);
  Flush flush() const { return flush_.load(std::memory_order_relaxed); }

  // What its topic asks of batches from clients; null: nothing.
  void set_policy(std::shared_ptr<const AppendPolicy> policy) WEIR_EXCLUDES(mutex_);
  // Costs a load where there is none.
  std::shared_ptr<const AppendPolicy> policy() const WEIR_EXCLUDES(mutex_);

  // Leadership, and who keeps up with it: as cluster::Replica. Whoever waits for an append is told when this node leads
  // no more.
  Result<> become_leader(LeaderEpoch epoch, std::set<NodeId> replicas, std::set<NodeId> in_sync) WEIR_EXCLUDES(mutex_);
  Result<> become_follower(LeaderEpoch epoch) WEIR_EXCLUDES(mutex_);
  void set_in_sync(std::set<NodeId> in_sync) WEIR_EXCLUDES(mutex_);
  Result<> follower_has(NodeId follower, Offset end) WEIR_EXCLUDES(mutex_);

  // As PartitionLog::append; not_leader_or_follower, also after `close`; not_enough_replicas. Whoever waits for more
  // than the append asks `outcome` with its end, or `committed`; where a sync must come first somebody is to begin it.
  Result<Appended> append(const RecordBatch& batch, storage::Origin origin, Until until = Until::committed)
      WEIR_EXCLUDES(mutex_);
  // The same for a batch of a transaction that has begun here already; would_block if it has not: then its coordinator
  // is to be asked first.
  Result<Appended> append_to_open_transaction(const RecordBatch& batch, storage::Origin origin,
                                              Until until = Until::committed) WEIR_EXCLUDES(mutex_);

  // What became of what was appended below `end`; nothing as long as it is open. not_leader_or_follower,
  // not_enough_replicas_after_append; storage_error: it cannot become safe any more.
  std::optional<Result<>> outcome(Offset end, Until until) const WEIR_EXCLUDES(mutex_);
  // `waiter` is woken when that may be known; false if it is.
  bool wait_for_outcome(Offset end, Until until, const std::shared_ptr<Waiter>& waiter) WEIR_EXCLUDES(mutex_);
  // The same for who has no coroutine: `tell` is called once, under the mutex, so it only passes on that it was.
  bool tell_of_outcome(Offset end, Until until, std::function<void()> tell) WEIR_EXCLUDES(mutex_);

  // Syncs the segments with everything that was appended before; several callers share one sync. Blocks.
  Result<> sync() WEIR_EXCLUDES(mutex_);
  Result<> make_durable(SyncIf sync_if = SyncIf::wanted) WEIR_EXCLUDES(mutex_);
  // Would make_durable have something to do?
  bool wants_sync(SyncIf sync_if) const WEIR_EXCLUDES(mutex_);
  // Is something of it not synced in its segments, and could it be?
  bool is_unsettled() const WEIR_EXCLUDES(mutex_);

  // Several partitions at once: durability.h.
  //
  // A sync that has begun. Segments are synced by one at a time, because only one is told of an error; beside it what
  // is new may go to the journal, and nowhere else.
  struct BegunSync {
    storage::SyncPlan plan;
    bool only_by_journal = false;
  };
  // Begins one, or nothing, as soon as those that are under way let it; with a journal, little new data need not wait
  // for the segments. What begins is to be ended with its outcome, after which, if that is a failure, the partition
  // takes no appends any more; or, if the journal has no room, to be given up.
  Result<std::optional<BegunSync>> begin_sync(SyncIf sync_if, const storage::Journal* journal) WEIR_EXCLUDES(mutex_);
  Result<> end_sync(const BegunSync& sync, storage::SyncedIn in, const Result<>& outcome) WEIR_EXCLUDES(mutex_);
  void take_journal(BegunSync& sync) WEIR_EXCLUDES(mutex_);  // and leave the segments to others
  void give_up_sync(const BegunSync& sync) WEIR_EXCLUDES(mutex_);

  Positions positions() const WEIR_EXCLUDES(mutex_);
  Offset log_start() const WEIR_EXCLUDES(mutex_);
  Result<Piece> plan_read(Offset offset, std::size_t max_bytes, storage::ReadUpTo up_to,
                          storage::AtLeastOne at_least_one) WEIR_EXCLUDES(mutex_);

  // Has somebody been told that a record's time cannot be right?
  bool has_told_of_times() const { return has_told_of_times_.load(std::memory_order_relaxed); }
  void told_of_times() { has_told_of_times_ = true; }

  // Readers of committed records that have read up to an open transaction, which nobody can end, are told why.
  void hold_back(Error why) WEIR_EXCLUDES(mutex_);

  // `waiter` is woken when the bound moves past `seen`, or the partition closes; false if it has moved already.
  bool wait_beyond(Offset seen, storage::ReadUpTo up_to, const std::shared_ptr<Waiter>& waiter) WEIR_EXCLUDES(mutex_);

  // The log itself, for what is rare: look-ups by time, truncation, retention. Under the mutex.
  template <class Use>
  auto with_log(Use use) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return use(*log_);
  }

  // For a reader beside the writer: sees what was appended until now.
  Result<> refresh() WEIR_EXCLUDES(mutex_);

  // Appends and syncs are refused from now on, waiters are woken, and what makes the next open short is written.
  Result<> close() WEIR_EXCLUDES(mutex_);

 private:
  struct Waiting {
    std::shared_ptr<Waiter> waiter;  // shared: timers and other partitions may wake it too
    storage::ReadUpTo up_to;
    Offset seen;
  };
  struct Committing {
    std::shared_ptr<Waiter> waiter;  // shared: a timer may wake it too
    Offset end;
    Until until;
  };
  struct Telling {
    std::function<void()> tell;
    Offset end;
    Until until;
  };

  bool is_durable(SyncIf sync_if) const WEIR_REQUIRES(mutex_);
  bool is_sync_under_way() const WEIR_REQUIRES(mutex_) { return is_syncing_ || is_journaling_; }
  Result<storage::SyncPlan> plan_sync_now() WEIR_REQUIRES(mutex_);
  void sync_ends(const BegunSync& sync) WEIR_REQUIRES(mutex_);
  Result<Appended> append_now(const RecordBatch& batch, storage::Origin origin, Until until) WEIR_REQUIRES(mutex_);
  std::optional<Result<>> outcome_now(Offset end, Until until) const WEIR_REQUIRES(mutex_);
  // The replica was told something: what follows of it.
  void follow_replica() WEIR_REQUIRES(mutex_);
  void wake_those_who_wait(bool all) WEIR_REQUIRES(mutex_);
  Positions positions_now() const WEIR_REQUIRES(mutex_);

  const TopicPartition name_;
  const TopicId topic_id_;
  FileSystem& files_;
  const NodeId self_;
  std::atomic<LeaderEpoch> epoch_;  // the replica's
  std::atomic<Flush> flush_;
  std::atomic<bool> has_told_of_times_ = false;

  mutable Mutex mutex_;
  std::unique_ptr<storage::PartitionLog> log_ WEIR_GUARDED_BY(mutex_);
  cluster::Replica replica_ WEIR_GUARDED_BY(mutex_);
  std::vector<Waiting> waiting_ WEIR_GUARDED_BY(mutex_);
  std::vector<Committing> committing_ WEIR_GUARDED_BY(mutex_);
  std::vector<Telling> telling_ WEIR_GUARDED_BY(mutex_);
  bool is_closed_ WEIR_GUARDED_BY(mutex_) = false;
  std::optional<Error> held_back_ WEIR_GUARDED_BY(mutex_);
  std::atomic<bool> has_policy_ = false;
  std::shared_ptr<const AppendPolicy> policy_ WEIR_GUARDED_BY(mutex_);  // shared: by the topic's partitions
  bool is_syncing_ WEIR_GUARDED_BY(mutex_) = false;     // its segments, or by a way that is still to be chosen
  bool is_journaling_ WEIR_GUARDED_BY(mutex_) = false;  // beside that
  // The last sync could not even begin, for what was below `end` then; the next one may.
  struct Refused {
    Offset end;
    Error why;
  };
  std::optional<Refused> refused_ WEIR_GUARDED_BY(mutex_);
  Condition sync_ended_ WEIR_GUARDED_BY(mutex_);
};

// Ends with Partition::outcome; request_timed_out at the deadline, if there is one: the records stay, and may be safe
// later. Resumed by `executor`.
Task<Result<>> committed(std::shared_ptr<Partition> partition, Offset end, Until until,
                         std::optional<Deadline> deadline, Executor& executor);

}  // namespace weir::log::broker
