// MetadataLog: __cluster_metadata on this node: what was committed to it is the state, and nothing else ever is:
//
//   propose (a decision on the state, in one's turn) ─► committed (written, and synced if that is asked for) ─► adopted
//
// With a quorum of one a record is committed when that is done. The state is a value that never changes: whoever asks
// gets the one of this moment, waits for nobody, and keeps it as long as it likes. Turns (turns.h) order those who
// propose: what is decided in a turn holds until its record is committed.
//
// Where many records have come since, the state is written to a snapshot (metadata_snapshot.h), and what the older one
// of the two that are kept tells need not stay in the log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/cluster/metadata.h"
#include "log/cluster/metadata_snapshot.h"
#include "log/cluster/replica.h"
#include "log/cluster/turns.h"
#include "log/storage/log_directory.h"

namespace weir::log::cluster {

WEIR_FLAG(Sync);

inline constexpr const char* kMetadataTopic = "__cluster_metadata";
storage::PartitionDirectory metadata_directory();

class MetadataLog {
 public:
  static constexpr std::int64_t kRecordsBetweenSnapshots = 1'000;
  static constexpr std::size_t kSegmentBytes = 64 * 1024;  // so that what need not stay can go

  // corrupt_data: with file and offset. A snapshot that is damaged is told (`notes`) and not used: the log holds what
  // it told. corrupt_data also where it does not: more than snapshots was damaged.
  static Result<std::unique_ptr<MetadataLog>> open(storage::LogDirectory& directory, Clock& clock, Sync sync);

  // Of this moment. Thread-safe, as the next.
  std::shared_ptr<const Metadata> state() const WEIR_EXCLUDES(mutex_);
  // An id that was never given out, not even before a crash. Takes a turn, if they have to be reserved first.
  Result<ProducerId> new_producer_id() WEIR_EXCLUDES(mutex_);

  // Whoever calls what follows has the turn, or is alone.
  Turns& turns() { return turns_; }
  // Writes the record and adopts it. Nothing changes if it cannot be written.
  Result<> commit(const MetadataRecord& record) WEIR_EXCLUDES(mutex_);
  // Nothing is left of the topic, which was deleted.
  void forget_deleted(const TopicId& id) WEIR_EXCLUDES(mutex_);
  // For a reader beside the writer: takes in what was committed until now. corrupt_data, io_error.
  Result<> refresh() WEIR_EXCLUDES(mutex_);
  storage::PartitionLog& log() { return *log_; }

  // Have enough records come for another snapshot?
  bool wants_snapshot() const { return applied_ - snapshot_end_ >= kRecordsBetweenSnapshots; }
  MetadataSnapshot snapshot() const WEIR_EXCLUDES(mutex_) { return {applied_, *state()}; }
  // The snapshot is durable, and everything below `from` need not stay. The log's start is to be written down (a
  // checkpoint) before `log().remove_dead_segments`.
  void snapshot_kept(Offset end, Offset from);
  MetadataSnapshots& snapshots() { return snapshots_; }  // of any thread, one at a time
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  MetadataLog(std::unique_ptr<storage::PartitionLog> log, storage::LogDirectory& directory, Clock& clock, Sync sync)
      : log_(std::move(log)),
        directory_(directory),
        clock_(clock),
        sync_(sync),
        replica_(as_opened()),
        turns_(clock),
        snapshots_(directory.files(), directory.metadata_path()) {}
  Replica as_opened() const;
  Result<> load_snapshot(Metadata& state);
  Result<> replay();
  Result<> sync();
  void adopt(Metadata state) WEIR_EXCLUDES(mutex_);

  std::unique_ptr<storage::PartitionLog> log_;
  storage::LogDirectory& directory_;
  Clock& clock_;
  const Sync sync_;
  Replica replica_;
  Turns turns_;
  MetadataSnapshots snapshots_;
  Offset applied_{0};       // the records below are part of the state
  Offset snapshot_end_{0};  // of the newest one
  std::vector<std::string> notes_;

  mutable Mutex mutex_;
  std::shared_ptr<const Metadata> state_ WEIR_GUARDED_BY(mutex_) = std::make_shared<Metadata>();  // shared: by readers
  ProducerId next_producer_id_ WEIR_GUARDED_BY(mutex_){0};                                        // to give out
  ProducerId reserved_end_ WEIR_GUARDED_BY(mutex_){0};
};

}  // namespace weir::log::cluster
