#include "log/storage/compaction_output.h"

#include <limits>

#include "log/model/batch_encoder.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {
constexpr std::size_t kWriteSize = 1024 * 1024;
}

CompactionOutput::CompactionOutput(FileSystem& files, std::unique_ptr<File> file, CompactedSegment segment)
    : files_(files), file_(std::move(file)), segment_(std::move(segment)) {}

Result<std::unique_ptr<CompactionOutput>> CompactionOutput::create(FileSystem& files, const std::string& directory,
                                                                   Offset base, std::size_t first) {
  CompactedSegment segment;
  segment.first = first;
  segment.base = base;
  segment.temporary = directory + "/" + file_name(base, kCompactedSuffix);
  WEIR_TRY_VAR(file, files.open(segment.temporary, OpenMode::create));
  WEIR_TRY(file->truncate(0));
  return std::unique_ptr<CompactionOutput>(new CompactionOutput(files, std::move(file), std::move(segment)));
}

Result<> CompactionOutput::add(const RecordBatch& batch, IsAsBefore is_as_before) {
  WEIR_TRY(write_gap());
  if (is_as_before == IsAsBefore::no) has_changed_ = true;
  return write(batch);
}

Result<> CompactionOutput::leave_out(const BatchHeader& header) {
  const bool was_gap = header.count == 0 && !header.has_producer();
  if (!was_gap) has_changed_ = true;
  constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();
  const bool goes_on = gap_ && gap_->epoch == header.leader_epoch && header.next_offset() - gap_->from <= kLongest;
  if (!goes_on) {
    WEIR_TRY(write_gap());
    gap_ = Gap{header.base_offset, header.base_offset, header.leader_epoch};
  }
  gap_->to = header.next_offset();
  return {};
}

Result<> CompactionOutput::write_gap() {
  if (!gap_) return {};
  BatchHeader header;
  header.base_offset = gap_->from;
  header.last_offset_delta = static_cast<std::int32_t>(gap_->to - gap_->from - 1);
  header.leader_epoch = gap_->epoch;
  header.base_timestamp = kNoTimestamp;
  header.max_timestamp = kNoTimestamp;
  gap_.reset();
  WEIR_TRY_VAR(batch, encode_batch(header, {}));
  return write(batch);
}

Result<> CompactionOutput::write(const RecordBatch& batch) {
  segment_.index.add(batch.header, segment_.size);
  segment_.size += batch.bytes.size();
  buffer_.append(batch.bytes.view());
  return buffer_.size() >= kWriteSize ? flush() : Result<>{};
}

Result<> CompactionOutput::flush() {
  WEIR_TRY(file_->write_at(segment_.size - buffer_.size(), buffer_));
  buffer_.clear();
  return {};
}

Result<std::optional<CompactedSegment>> CompactionOutput::finish(Offset next) {
  if (!has_changed_ && segment_.end - segment_.first == 1) {
    file_.reset();
    WEIR_TRY(files_.remove(segment_.temporary));
    return std::nullopt;
  }
  WEIR_TRY(write_gap());
  WEIR_TRY(flush());
  WEIR_TRY(file_->sync_data());
  file_.reset();
  segment_.next = next;
  return segment_;
}

Result<> remove_unfinished(FileSystem& files, const std::string& directory, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (offset_in_name(name, kCompactedSuffix)) WEIR_TRY(files.remove(directory + "/" + name));
  }
  return {};
}

}  // namespace weir::log::storage
