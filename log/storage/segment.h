// Segment: one .log file of a partition with its index. The last segment of a partition is written, the others are
// closed: their length and index do not change any more.
//
// Guarded by its partition's owner, but for `file()`, whose result may be read and synced by others meanwhile.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "log/storage/batch_scan.h"
#include "log/storage/file_cache.h"
#include "log/storage/segment_index.h"

namespace weir::log::storage {

class Segment {
 public:
  // A segment that is there, `size` bytes long; its index is loaded, or rebuilt, when it is first needed.
  // For a reader beside the writer, which may compact it away, with the inode of the file that was seen.
  Segment(FileCache& cache, std::string directory, Offset base_offset, Offset next_offset, std::uint64_t size,
          OpenMode mode, std::optional<std::uint64_t> inode = {});
  // One that was just written whole, with its index.
  Segment(FileCache& cache, std::string directory, Offset base_offset, Offset next_offset, std::uint64_t size,
          SegmentIndex index);
  // Makes an empty one; the directory's sync is the caller's.
  static Result<std::unique_ptr<Segment>> create(FileCache& cache, const std::string& directory, Offset base_offset);

  Offset base_offset() const { return base_offset_; }
  Offset next_offset() const { return next_offset_; }
  std::uint64_t size() const { return size_; }
  const std::string& path() const { return log_.path(); }
  Result<std::shared_ptr<File>> file() { return log_.get(); }

  // Writes a batch at the end. If that fails the file may be longer than size(): see cut_tail().
  Result<> append(const BatchHeader& header, std::span<const Bytes> parts);
  // The batch was found, not written: recovery noticed it at the end of what is known.
  void note(const BatchHeader& header);
  // Removes what a failed append left behind size().
  Result<> cut_tail();
  // Cuts off the batches from `position` on; the next offset is then `next_offset`.
  Result<> truncate(std::uint64_t position, Offset next_offset);

  Result<const SegmentIndex*> index();
  // Empties the index, for a segment that is about to be scanned from its start.
  void restart_index() { index_.emplace(); }
  // Writes the .index file.
  Result<> save_index();

  // Removes its files.
  Result<> remove();

 private:
  std::string index_path() const;
  Result<SegmentIndex> rebuild_index();

  FileCache& cache_;
  std::string directory_;
  Offset base_offset_;
  Offset next_offset_;
  std::uint64_t size_;
  LazyFile log_;
  std::optional<SegmentIndex> index_;
};

}  // namespace weir::log::storage
