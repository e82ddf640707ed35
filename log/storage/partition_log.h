// PartitionLog: the log of one partition on this node: append, read, truncate, look up.
//
//   log_start <= last_stable_offset <= high_watermark <= end_offset     and     settled <= synced <= end_offset
//
// Guarded by its owner's mutex. What may take long is split in a plan, made under the mutex, and its performance,
// which needs no lock: ReadPlan and SyncPlan keep the files they use open by themselves.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/model/records.h"
#include "log/model/topic_defaults.h"
#include "log/storage/checkpoint.h"
#include "log/storage/compaction.h"
#include "log/storage/journal.h"
#include "log/storage/recovery.h"
#include "log/storage/sync_choice.h"
#include "log/storage/tail_cache.h"

namespace weir::log::storage {

enum class Origin { client, coordinator };  // only coordinators append control batches
enum class ReadUpTo { end, high_watermark, last_stable_offset };
WEIR_FLAG(AtLeastOne);

struct Appended {
  Offset base_offset;
  Offset last_offset;
  bool is_duplicate = false;  // it was there before; the offsets are those of the first time
};

// Batches that can be read without the partition's lock.
struct ReadPlan {
  Offset offset;      // wanted
  Offset upper;       // not to be reached
  Records in_memory;  // from the tail, complete; or:
  std::shared_ptr<File> file;
  std::string path;
  std::uint64_t position = 0;  // of a batch at or before `offset`
  Offset at_position{0};       // what the batch there begins with, if it is sound
  std::uint64_t end = 0;
  std::size_t max_bytes = 0;
  AtLeastOne at_least_one = AtLeastOne::yes;
};

// io_error; corrupt_message (file and position in the detail) where the file does not hold batches.
Result<Records> perform(const ReadPlan& plan);

// A byte of a log: where a batch begins, or the last one ends.
struct Place {
  Offset segment{0};
  std::uint64_t position = 0;
};

struct SyncPlan {
  std::vector<std::shared_ptr<File>> files;
  std::string directory;      // to be synced too, if not empty
  Offset end{0};              // everything below is safe when all is done
  Place end_place;            // in the last of the files
  std::optional<Place> from;  // what is not durable begins here; nothing if it is not one run of that file
  bool empty() const { return files.empty(); }
};

// After an error the partition must be told so: see PartitionLog::sync_failed.
Result<> perform(FileSystem& files, const SyncPlan& plan);

// For a journal instead.
Unsynced unsynced_of(const SyncPlan& plan);
// The bytes that are not durable; precondition: they fit a journal. io_error.
Result<Journal::Piece> read_for_journal(const SyncPlan& plan, const std::string& directory_name);

enum class SyncedIn { segments, journal };

struct TimestampAndOffset {
  std::int64_t timestamp_ms = kNoTimestamp;
  Offset offset = kNoOffset;
};

class PartitionLog {
 public:
  struct Options {
    std::size_t segment_bytes = kSegmentBytes;
    TailBudget* tail_budget = nullptr;  // never null
    Journal* journal = nullptr;         // of the data directory, if there is one
    Clock* clock = &SystemClock::instance();
  };

  static Result<std::unique_ptr<PartitionLog>> open(FileCache& cache, std::string directory, Options options,
                                                    const RecoveryHints& hints);
  // Of a partition whose files cannot be read: everything asked of it is answered with `why`.
  static std::unique_ptr<PartitionLog> unavailable(FileCache& cache, std::string directory, Options options,
                                                   const RecoveryHints& hints, const Error& why);

  // Checks the batch (checksum and records unless it is trusted, producer and sequence), gives it the next offsets and
  // writes it at the end; a trusted batch's own bytes are changed for that and must not be shared with another log.
  // corrupt_message, invalid_record; invalid_producer_epoch, out_of_order_sequence_number, invalid_txn_state,
  // transaction_coordinator_fenced; no_space, read_only: nothing was appended, later appends may work; storage_error:
  // the partition takes no appends any more.
  Result<Appended> append(const RecordBatch& batch, LeaderEpoch epoch, Origin origin);

  // offset_out_of_range below log_start and above the bound; storage_error where what is wanted was lost or is damaged,
  // and at the bound of a log that takes no appends any more: waiting would not help.
  Result<ReadPlan> plan_read(Offset offset, std::size_t max_bytes, ReadUpTo up_to, AtLeastOne at_least_one);
  std::vector<AbortedTransaction> aborted_between(Offset from, Offset to) const {
    return state_.aborted_between(from, to);
  }

  // The first record below `up_to` with a timestamp of at least `timestamp_ms`.
  Result<std::optional<TimestampAndOffset>> find_timestamp(std::int64_t timestamp_ms, Offset up_to);
  Result<TimestampAndOffset> find_max_timestamp(Offset up_to);

  // Compaction, in steps of which some take long and need no lock (compaction.h): cleanable and plan_compaction;
  // compact, without the lock; begin_replacing; make_way, without; adopt; remove, without; removed.
  Result<Cleanable> cleanable(const CompactionPolicy& policy, std::int64_t now_ms);
  Result<CompactionPlan> plan_compaction(const Cleanable& cleanable);
  // From here on no snapshot is written, until either of them: adopt, and then removed; end_replacing.
  void begin_replacing() { is_replacing_ = true; }
  void end_replacing() { is_replacing_ = false; }
  // Puts what was compacted in the place of what it was made from. would_block: the log has lost some of that
  // meanwhile; nothing was changed and the new files are removed.
  Result<> adopt(const CompactionPlan& plan, Compacted compacted);
  // What is to be removed when the directory is synced; it may wait, but is removed before anything else is compacted.
  const Superseded& superseded() const { return superseded_; }
  void removed(const Superseded& superseded);
  Offset cleaned_to() const { return cleaned_to_; }

  Offset log_start() const { return log_start_; }
  Offset end_offset() const { return end_; }
  Offset high_watermark() const { return high_watermark_; }
  // A transaction whose first records were deleted holds back readers from log_start on.
  Offset last_stable_offset() const {
    return std::max(log_start_, state_.producers.last_stable_offset(high_watermark_));
  }
  Offset bound(ReadUpTo up_to) const;
  // What readers are told that the end is: of a damaged log that of what was there, so that whoever reads to the end
  // meets the damage.
  Offset told_end(ReadUpTo up_to) const;
  bool is_damaged() const { return finding_ && finding_->is_damage; }
  // What a checkpoint says of it: of a damaged log what was known before, so that it is not forgotten.
  Checkpoint::Partition reached() const;
  Offset synced() const { return synced_; }    // a power cut loses nothing below
  Offset settled() const { return settled_; }  // and needs no journal for it; never beyond synced
  LeaderEpoch latest_epoch() const { return state_.epochs.latest(); }
  // The latest epoch ends at told_end: what is lost or damaged was written in it, and is not taken for never written.
  LeaderEpochs::End end_of_epoch(LeaderEpoch epoch) const {
    return state_.epochs.end_of(epoch, told_end(ReadUpTo::end));
  }
  LeaderEpoch epoch_at(Offset offset) const { return state_.epochs.epoch_at(offset); }
  const ProducerState& producers() const { return state_.producers; }
  // As ProducerState::expire.
  void expire_producers(Millis idle) { state_.producers.expire(options_.clock->wall_ms(), idle.count()); }
  std::uint64_t size_bytes() const;
  void set_segment_bytes(std::size_t bytes) { options_.segment_bytes = bytes; }
  std::size_t segment_count() const { return segments_.size(); }
  const std::string& directory() const { return directory_; }
  std::string directory_name() const { return directory_.substr(directory_.find_last_of('/') + 1); }

  // Never falls; at most the end.
  void set_high_watermark(Offset offset);

  // What has to be synced for everything that is there now. One plan at a time is carried out on the segments, and
  // beside it one by way of the journal.
  Result<SyncPlan> plan_sync();
  void sync_done(const SyncPlan& plan, SyncedIn in = SyncedIn::segments);
  // The partition takes no appends any more: what a failed sync left on the disk is unknown.
  void sync_failed(const Error& error);

  // Removes every batch that holds `offset` or a later one. No sync may be under way, and the
  // checkpoint must not say that more is synced or written than what will be left.
  Result<> truncate(Offset offset);
  // Moves the log's start. Segments that lie wholly below it stay until the new start was written to the checkpoint,
  // so that no crash leaves a hole: then call remove_dead_segments.
  void delete_before(Offset offset);
  Result<> remove_dead_segments();

  // How far the log's start may move: whole segments only, never the one that is written. Records' times that nobody
  // can have seen yet, or below 0, say nothing of a segment's age: then it is that of its last append, by its file.
  struct Retention {
    std::optional<std::int64_t> oldest_ms;    // segments with no newer record may go
    std::optional<std::uint64_t> most_bytes;  // what may be kept
    std::int64_t now_ms = std::numeric_limits<std::int64_t>::max();
  };
  Result<Offset> retained_from(const Retention& retention);
  // Starts a new segment if the one that is written began before `oldest_ms`, so that it can be retained or compacted.
  // One whose first record's time says nothing began when this was first asked.
  Result<> roll_if_older(std::int64_t oldest_ms, std::int64_t now_ms = std::numeric_limits<std::int64_t>::max());

  // For a log that is open for reading only: takes in what its writer appended since. What does not check is being
  // written, and looked at again the next time.
  Result<> refresh();

  // Writes what makes the next open short.
  Result<> close();

  const std::optional<Finding>& finding() const { return finding_; }  // of recovery
  std::uint64_t scanned_bytes() const { return scanned_bytes_; }
  const std::optional<Error>& stopped() const { return stopped_; }  // why it takes no appends

 private:
  PartitionLog(FileCache& cache, std::string directory, Options options, Recovered recovered,
               const RecoveryHints& hints);

  Result<std::optional<Appended>> check(const RecordBatch& batch, Origin origin, std::optional<EndMarker>& marker);
  Result<> make_room(std::size_t batch_bytes);
  Result<> roll();
  Result<> write(const BatchHeader& header, const RecordBatch& batch);
  Result<> save_snapshot();
  Result<> leave_journal();
  Result<ReadPlan> plan_read_now(Offset offset, std::size_t max_bytes, ReadUpTo up_to, AtLeastOne at_least_one);
  Result<std::optional<TimestampAndOffset>> find_timestamp_now(std::int64_t timestamp_ms, Offset up_to);
  Result<> take_in(Segment& segment);
  Result<> reload();
  // A reader beside the writer may find that a segment was compacted or removed: then the files are looked at anew.
  template <class Look>
  auto again_if_replaced(Look look) -> decltype(look()) {
    auto found = look();
    if (found || !is_read_only_ || found.error().code != ErrorCode::not_found) return found;
    WEIR_TRY(reload());
    return look();
  }
  Result<> drop_removed();
  Result<> check_readable(Offset offset, Offset upper) const;
  void plan_from_tail(ReadPlan& plan) const;
  std::int64_t age_time(const Segment& segment, std::int64_t record_ms, std::int64_t now_ms) const;
  Segment& active() { return *segments_.back(); }
  std::size_t segment_of(Offset offset) const;

  FileCache& cache_;
  std::string directory_;
  Options options_;
  std::vector<std::unique_ptr<Segment>> segments_;  // never empty, unless opened for reading
  PartitionState state_;
  TailCache tail_;
  Offset log_start_;
  Offset end_;
  Offset high_watermark_;
  Offset synced_;
  Offset settled_;
  std::optional<Place> synced_place_;  // where `synced_` lies, where that is known
  Offset cleaned_to_;
  bool new_names_ = false;  // files were created since the directory was synced
  bool is_read_only_ = false;
  bool is_replacing_ = false;
  Superseded superseded_;
  bool dirty_tail_ = false;  // a failed append left bytes behind the end
  std::optional<Error> stopped_;
  std::optional<Finding> finding_;
  Checkpoint::Partition known_;  // when it was opened
  struct Seen {
    Offset segment{0};
    std::int64_t at_ms = 0;
  };
  std::optional<Seen> seen_;          // the segment that is written, where its records do not tell when it began
  std::optional<Offset> cutting_to_;  // a truncation has begun
  std::uint64_t scanned_bytes_ = 0;
};

}  // namespace weir::log::storage
