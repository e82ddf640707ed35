// MetadataLog: __cluster_metadata on this node: replays it when opened and appends decisions, with a quorum of one: a
// record is committed when it is written (and synced, if that is asked for), and only then part of the state.
//
// Guarded by its owner.
#pragma once

#include <memory>

#include "log/base/clock.h"
#include "log/cluster/metadata.h"
#include "log/cluster/replica.h"
#include "log/storage/log_directory.h"

namespace weir::log::cluster {

WEIR_FLAG(Sync);

inline constexpr const char* kMetadataTopic = "__cluster_metadata";
storage::PartitionDirectory metadata_directory();

class MetadataLog {
 public:
  // corrupt_data: with file and offset.
  static Result<std::unique_ptr<MetadataLog>> open(storage::LogDirectory& directory, Clock& clock, Sync sync);

  const Metadata& state() const { return state_; }
  // Writes the record and applies it. Nothing changes if it cannot be written.
  Result<> commit(const MetadataRecord& record);

  // For a reader beside the writer: takes in what was committed until now. corrupt_data, io_error.
  Result<> refresh();

  // An id that was never given out, not even before a crash.
  Result<ProducerId> new_producer_id();

  storage::PartitionLog& log() { return *log_; }

 private:
  MetadataLog(std::unique_ptr<storage::PartitionLog> log, storage::LogDirectory& directory, Clock& clock, Sync sync)
      : log_(std::move(log)), directory_(directory), clock_(clock), sync_(sync), replica_(as_opened()) {}
  Replica as_opened() const;
  Result<> replay();
  Result<> sync();

  std::unique_ptr<storage::PartitionLog> log_;
  storage::LogDirectory& directory_;
  Clock& clock_;
  Sync sync_;
  Replica replica_;
  Metadata state_;
  ProducerId next_producer_id_{0};  // to give out
  ProducerId reserved_end_{0};
  Offset applied_{0};  // the records below are part of the state
};

}  // namespace weir::log::cluster
