#include "log/storage/segment.h"

#include "log/base/assert.h"
#include "log/storage/format.h"

namespace weir::log::storage {

Segment::Segment(FileCache& cache, std::string directory, Offset base_offset, Offset next_offset, std::uint64_t size,
                 OpenMode mode, std::optional<std::uint64_t> inode)
    : cache_(cache),
      directory_(std::move(directory)),
      base_offset_(base_offset),
      next_offset_(next_offset),
      size_(size),
      log_(cache, directory_ + "/" + file_name(base_offset, kLogSuffix), mode, inode) {}

Segment::Segment(FileCache& cache, std::string directory, Offset base_offset, Offset next_offset, std::uint64_t size,
                 SegmentIndex index)
    : Segment(cache, std::move(directory), base_offset, next_offset, size, OpenMode::read_write) {
  index_ = std::move(index);
}

Result<std::unique_ptr<Segment>> Segment::create(FileCache& cache, const std::string& directory, Offset base_offset) {
  auto segment = std::make_unique<Segment>(cache, directory, base_offset, base_offset, 0, OpenMode::create);
  segment->index_.emplace();
  WEIR_TRY_VAR(file, segment->log_.get_to_write());
  WEIR_TRY(file->truncate(0));  // what an earlier attempt may have left
  return segment;
}

Result<> Segment::append(const BatchHeader& header, std::span<const Bytes> parts) {
  WEIR_ASSERT(header.base_offset >= next_offset_, "offsets ascend in a segment; what reads it takes others for damage");
  WEIR_TRY_VAR(file, log_.get_to_write());
  WEIR_TRY(file->write_parts_at(size_, parts));
  note(header);
  return {};
}

void Segment::note(const BatchHeader& header) {
  if (index_) index_->add(header, size_);
  size_ += header.size_bytes();
  next_offset_ = header.next_offset();
}

Result<> Segment::cut_tail() {
  WEIR_TRY_VAR(file, log_.get_to_write());
  return file->truncate(size_);
}

Result<> Segment::truncate(std::uint64_t position, Offset next_offset) {
  WEIR_TRY_VAR(file, log_.get_to_write());
  WEIR_TRY(file->truncate(position));
  size_ = position;
  next_offset_ = next_offset;
  if (index_) index_->truncate(position);
  return {};
}

std::string Segment::index_path() const {
  return directory_ + "/" + file_name(base_offset_, kIndexSuffix);
}

Result<const SegmentIndex*> Segment::index() {
  if (!index_) {
    auto content = read_file(cache_.files(), index_path());
    if (content) {
      auto stored = SegmentIndex::decode(*content, size_, next_offset_);
      if (stored) index_ = *std::move(stored);
    }
  }
  if (!index_) {
    WEIR_TRY_VAR(rebuilt, rebuild_index());
    index_ = std::move(rebuilt);
  }
  return &*index_;
}

// From the headers alone; stops at damage, which readers will meet.
Result<SegmentIndex> Segment::rebuild_index() {
  WEIR_TRY_VAR(file, log_.get());
  SegmentIndex index;
  BatchScanner scanner(*file, 0, size_, CheckCrc::no);
  for (;;) {
    WEIR_TRY_VAR(found, scanner.next());
    if (found != BatchScanner::Found::batch) return index;
    index.add(scanner.header(), scanner.position());
  }
}

Result<> Segment::save_index() {
  WEIR_TRY_VAR(current, index());
  const std::string temporary = index_path() + ".tmp";
  {
    // No sync: an index that a power cut tore is found out by its checksum and made anew.
    WEIR_TRY_VAR(file, cache_.files().open(temporary, OpenMode::create));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY(file->write_at(0, current->encode(size_, next_offset_)));
  }
  return cache_.files().rename(temporary, index_path());
}

Result<> Segment::remove() {
  WEIR_TRY(cache_.files().remove(path()));
  auto removed = cache_.files().remove(index_path());
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return {};
}

}  // namespace weir::log::storage
