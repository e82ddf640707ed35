#include "log/storage/batch_scan.h"

#include <algorithm>

#include "log/base/crc32c.h"
#include "log/model/batch_bytes.h"

namespace weir::log::storage {

namespace {
constexpr std::size_t kReadAhead = 64 * 1024;
}

// `size` bytes at `position`, fewer at the end of the file; from the buffer if they are there.
Result<Bytes> BatchScanner::window(std::uint64_t position, std::size_t size) {
  bool inside = position >= buffer_position_ && position + size <= buffer_position_ + buffered_;
  if (!inside) {
    std::size_t wanted = std::max(size, kReadAhead);
    if (buffer_.capacity < wanted) buffer_ = pooled_buffer(wanted);
    wanted = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end_ - position));
    WEIR_TRY_VAR(count, file_.read_at(position, buffer_.data.get(), wanted));
    buffer_position_ = position;
    buffered_ = count;
  }
  std::size_t skipped = static_cast<std::size_t>(position - buffer_position_);
  return Bytes(buffer_.data.get() + skipped, std::min(size, buffered_ - skipped));
}

Result<BatchScanner::Found> BatchScanner::next() {
  if (next_ == end_) return Found::end;
  position_ = next_;
  WEIR_TRY_VAR(head, window(position_, std::min<std::uint64_t>(kBatchHeaderSize, end_ - position_)));
  auto header = BatchHeader::parse(head);
  if (!header && header.error().code == ErrorCode::truncated) return Found::incomplete;
  if (!header || header->last_offset_delta < 0 || header->base_offset.value() < 0) return Found::damaged;
  if (header->size_bytes() > end_ - position_) return Found::incomplete;
  if (check_crc_ == CheckCrc::yes) {
    WEIR_TRY_VAR(bytes, window(position_, header->size_bytes()));
    if (bytes.size() < header->size_bytes()) return Found::incomplete;
    if (crc32c(bytes.substr(batch_bytes::kAttributesAt)) != header->crc) return Found::damaged;
  }
  header_ = *header;
  next_ = position_ + header_.size_bytes();
  return Found::batch;
}

Result<RecordBatch> BatchScanner::load() {
  auto bytes = pooled_buffer(header_.size_bytes());
  WEIR_TRY_VAR(count, file_.read_at(position_, bytes.data.get(), header_.size_bytes()));
  if (count < header_.size_bytes()) return fail(ErrorCode::truncated, "batch");
  char* at = bytes.data.get();
  return RecordBatch{header_, SharedBytes(std::move(bytes.data), Bytes(at, count)), Trust::foreign};
}

}  // namespace weir::log::storage
