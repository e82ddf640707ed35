// CompactionOutput: writes one segment file of a compaction beside the log's own, under a name that recovery removes.
#pragma once

#include <memory>
#include <optional>

#include "log/storage/compaction.h"

namespace weir::log::storage {

WEIR_FLAG(IsAsBefore);

class CompactionOutput {
 public:
  // For the inputs from `first` on. io_error, no_space.
  static Result<std::unique_ptr<CompactionOutput>> create(FileSystem& files, const std::string& directory, Offset base,
                                                          std::size_t first);

  // The inputs before `end` are in here.
  void cover(std::size_t end) { segment_.end = end; }
  Result<> add(const RecordBatch& batch, IsAsBefore is_as_before);
  // The batch goes. Its offsets are covered by an empty batch, one for all neighbours of one leader epoch.
  Result<> leave_out(const BatchHeader& header);

  std::uint64_t size() const { return segment_.size; }

  // Everything is on the disk. Nothing, and no file, if it would be the same as its one input.
  Result<std::optional<CompactedSegment>> finish(Offset next);

 private:
  CompactionOutput(FileSystem& files, std::unique_ptr<File> file, CompactedSegment segment);

  Result<> write_gap();
  Result<> write(const RecordBatch& batch);
  Result<> flush();

  struct Gap {
    Offset from;
    Offset to;  // not in it
    LeaderEpoch epoch;
  };

  FileSystem& files_;
  std::unique_ptr<File> file_;
  CompactedSegment segment_;
  std::optional<Gap> gap_;
  OwnedBytes buffer_;  // to be written at the end of the file
  bool has_changed_ = false;
};

// Files that a compaction left when it was stopped; `names` are what is in the directory.
Result<> remove_unfinished(FileSystem& files, const std::string& directory, const std::vector<std::string>& names);

}  // namespace weir::log::storage
