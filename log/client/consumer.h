// Consumer: reads partitions in batches, without copying. Positions are the consumer's own until they are committed.
//
// Either it is told its partitions (`assign`), or it shares topics with the other members of its group (`subscribe`):
// then `poll` also takes part in the group, its partitions change only inside `poll`, `unsubscribe` and `close`, and
// the callbacks of `subscribe` are called there. Between polls a thread that all consumers of a Client share tells the
// coordinator that they live.
//
// One owner thread; only `wakeup` may be called from another.
// Rules: KIP-62 (max_poll_interval), KIP-345 (instances), KIP-429 (cooperative rebalances).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/client/assignors/assignor.h"
#include "log/client/producer.h"
#include "log/model/ids.h"
#include "log/model/isolation.h"
#include "log/model/record_batch.h"

namespace weir::log {

enum class OffsetReset { earliest, latest, none };

struct ConsumerOptions {
  std::optional<std::string> group_id{};             // group.id: where offsets are committed
  Isolation isolation = Isolation::read_committed;   // isolation.level
  OffsetReset offset_reset = OffsetReset::earliest;  // auto.offset.reset, where nothing is committed
  // For a position that the log does not hold, as its records were deleted or lost. none: poll says so
  // (offset_out_of_range). Others go on there, or where the position's epoch ends now, and what lies between is not
  // read.
  OffsetReset out_of_range = OffsetReset::none;
  std::size_t max_partition_bytes = 1024 * 1024;  // max.partition.fetch.bytes
  std::size_t max_bytes = 50 * 1024 * 1024;       // fetch.max.bytes
  Millis request_timeout{30'000};
  // enable.auto.commit and auto.commit.interval.ms: so often a poll commits the positions that it found, without
  // waiting; so do, waiting, `unsubscribe`, `close` and a rebalance that takes partitions away. What an earlier poll
  // gave counts as dealt with. A consumer that is destroyed without `close` commits nothing. Nothing: commits are the
  // caller's.
  std::optional<Millis> auto_commit_interval{};

  // For `subscribe`.
  // group.instance.id: keeps its partitions over a restart within the session, and is not told to leave by `close`.
  std::optional<std::string> group_instance_id{};
  Millis session_timeout{45'000};     // session.timeout.ms: a member that is not heard of for so long is dropped
  Millis heartbeat_interval{3'000};   // heartbeat.interval.ms
  Millis max_poll_interval{300'000};  // max.poll.interval.ms: one that polls less often loses its partitions
  Millis metadata_max_age{300'000};   // metadata.max.age.ms: new partitions and topics are noticed within
  std::optional<std::string> rack{};  // client.rack
  // partition.assignment.strategy, the preferred one first; empty: cooperative-sticky. Rebalances are cooperative if
  // all of them are. Shared: with whoever made them.
  std::vector<std::shared_ptr<const Assignor>> assignors{};
};

// What a member wants to be told of its partitions, each with those that are concerned. Called on the consumer's
// thread; the consumer may be used in them, but for poll, subscribe, unsubscribe and close.
struct RebalanceCallbacks {
  using Call = std::function<void(std::span<const TopicPartition>)>;
  Call assigned{};  // they are in the assignment from now on; after each rebalance, also if none came
  Call revoked{};   // they go to others after this call: the last chance to commit
  Call lost{};      // they have gone to others already, nothing can be committed; not set: revoked is called instead
};

// Who learns what became of a commit that was not waited for.
using CommitCallback = std::function<void(Result<>)>;

// One batch of data as fetched: control batches, aborted transactions and batches wholly below the position are left
// out. A batch may begin below the position: records before `first_wanted` are to be skipped (for_each_record does).
struct FetchedBatch {
  TopicPartition partition;
  std::size_t assignment_index = 0;  // of the partition in assignment(), until that changes
  RecordBatch batch;
  Offset first_wanted;  // skip records below
};

class Consumer {
 public:
  virtual ~Consumer() = default;

  // Replaces the assignment; positions of partitions that stay are kept, new ones start at the committed offset if
  // there is a group and one is committed, else as offset_reset says. unknown_topic_or_partition.
  virtual Result<> assign(std::vector<TopicPartition> partitions) = 0;
  virtual const std::vector<TopicPartition>& assignment() const = 0;

  // Becomes a member of the group with the next poll, in place of any subscription before. Topics need not exist yet.
  // invalid_group_id: without group_id; wrong_state: partitions are assigned by hand.
  virtual Result<> subscribe(std::vector<std::string> topics, RebalanceCallbacks callbacks = {}) = 0;
  // The same for all topics whose whole name matches a regular expression (RE2's syntax), those that come later too,
  // but for internal ones. invalid_argument: it is none.
  virtual Result<> subscribe_matching(std::string regex, RebalanceCallbacks callbacks = {}) = 0;
  // Gives its partitions up and leaves the group; an instance stays a member until its session ends. Nothing without a
  // subscription.
  virtual Result<> unsubscribe() = 0;
  // Who commits, for Producer::send_offsets; generation -1 while it is no member.
  virtual GroupMetadata group_metadata() const = 0;

  // Waits at most `timeout` for data of partitions that are not paused. Empty when none came, and at once when a
  // position moved over what is no data (markers, aborted records), so that a reader on its way to a known end sees
  // that it is there. The batches are kept alive by their own shared bytes. offset_out_of_range if nothing is committed
  // and offset_reset is none, or the log does not hold the position and out_of_range is none; corrupt_message names
  // partition and offset. Of a member also: fenced_instance_id: another client took the instance over;
  // inconsistent_group_protocol, invalid_session_timeout, group_max_size_reached.
  virtual Result<std::vector<FetchedBatch>> poll(Millis timeout) = 0;

  virtual Result<> seek(const TopicPartition& partition, Offset offset) = 0;
  // The same to a position that was kept elsewhere with its epoch (-1: not known): before it is read from it is looked
  // up whether the log still holds it, as for committed positions (KIP-320). Then poll may give offset_out_of_range.
  virtual Result<> seek(const TopicPartition& partition, OffsetAndEpoch position) = 0;
  virtual Result<Offset> position(const TopicPartition& partition) = 0;  // next offset to fetch; passes control batches
  // The same with the epoch of the last record, or marker, before it that was read, for commits; -1: none was.
  virtual Result<OffsetAndEpoch> position_and_epoch(const TopicPartition& partition) = 0;
  // Where the partition ended, for the isolation that it is read in, when a fetch of it was answered last; nothing
  // before the first answer since it was assigned. What comes later is in a later answer (KIP-695).
  virtual std::optional<Offset> fetched_end(std::size_t assignment_index) const = 0;
  virtual void pause(std::size_t assignment_index) = 0;
  virtual void resume(std::size_t assignment_index) = 0;

  // Of a member: illegal_generation, unknown_member_id, fenced_instance_id: the partitions may be another's by now;
  // rebalance_in_progress: poll, and commit what is still assigned then. Commits that were not waited for come first.
  virtual Result<> commit(std::span<const PartitionOffset> offsets) = 0;
  // The same for a member that is kept elsewhere (Client::group_session), of this consumer's group.
  virtual Result<> commit(const GroupMetadata& who, std::span<const PartitionOffset> offsets) = 0;
  // The positions of all that is assigned and has one.
  virtual Result<> commit() = 0;
  // Does not wait; `done` is called by a later poll, commit or close. Several are sent in order.
  virtual void commit_async(std::span<const PartitionOffset> offsets, CommitCallback done = {}) = 0;
  // The committed positions of the group; partitions without one are missing. Waits until no transaction that commits
  // one of these offsets is open (require_stable, KIP-447) for at most request_timeout.
  virtual Result<std::map<TopicPartition, OffsetAndMetadata>> committed(std::span<const TopicPartition> partitions) = 0;

  // read_uncommitted: the high watermark; read_committed: the last stable offset.
  virtual Result<std::map<TopicPartition, Offset>> end_offsets(std::span<const TopicPartition> partitions,
                                                               Isolation isolation) = 0;
  virtual Result<std::map<TopicPartition, Offset>> beginning_offsets(std::span<const TopicPartition> partitions) = 0;
  // The high watermark, with the epoch of the record before it; -1 where the log is empty.
  virtual Result<OffsetAndEpoch> end_position(const TopicPartition& partition) = 0;
  // Where the log's records of `epoch` end or, if there are none, those of the latest epoch before it; {-1, -1} if
  // there are none either. A log that once held an offset in that epoch holds it still if this end is not below it
  // (KIP-101).
  virtual Result<OffsetAndEpoch> epoch_end(const TopicPartition& partition, LeaderEpoch epoch) = 0;
  // First offset whose record has a timestamp >= the one given; missing if there is none.
  virtual Result<std::map<TopicPartition, Offset>> offsets_for_times(
      const std::map<TopicPartition, std::int64_t>& timestamps) = 0;

  // As unsubscribe, after commits that were not waited for. Nothing may be called afterwards. A consumer that is
  // destroyed without it leaves as well, but calls nobody.
  virtual Result<> close() = 0;

  // Makes a running or the next poll return early, empty. From any thread.
  virtual void wakeup() = 0;
};

}  // namespace weir::log
