#include "log/storage/tail_cache.h"

#include <algorithm>

#include "log/base/buffer_pool.h"

namespace weir::log::storage {

namespace {

// What an entry costs beside its bytes: itself, and the counts and the heap's headers of its buffer.
constexpr std::size_t kEntryOverhead = 128;

// A batch that was sealed here has a buffer that fits it (BatchBuilder).
std::size_t held_by(const SharedBytes& bytes) {
  return capacity_for(bytes.size()) + kEntryOverhead;
}

}  // namespace

void TailCache::add(const RecordBatch& batch) {
  const std::size_t held = held_by(batch.bytes);
  entries_.push_back({batch.header.base_offset, batch.header.next_offset(), batch.bytes});
  bytes_ += held;
  budget_.used += held;
  while (!entries_.empty() && (bytes_ > budget_.partition_bytes || budget_.used > budget_.total_bytes)) drop_oldest();
}

void TailCache::clear() {
  while (!entries_.empty()) drop_oldest();
}

std::deque<TailCache::Entry>::const_iterator TailCache::find(Offset offset) const {
  if (entries_.empty() || offset < entries_.front().base_offset) return entries_.end();
  return std::partition_point(entries_.begin(), entries_.end(),
                              [&](const Entry& entry) { return entry.next_offset <= offset; });
}

void TailCache::drop_oldest() {
  const std::size_t held = held_by(entries_.front().bytes);
  bytes_ -= held;
  budget_.used -= held;
  entries_.pop_front();
}

}  // namespace weir::log::storage
