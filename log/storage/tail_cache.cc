#include "log/storage/tail_cache.h"

#include <algorithm>

namespace weir::log::storage {

void TailCache::add(const RecordBatch& batch) {
  entries_.push_back({batch.header.base_offset, batch.header.next_offset(), batch.bytes});
  bytes_ += batch.bytes.size();
  budget_.used += batch.bytes.size();
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
  std::size_t size = entries_.front().bytes.size();
  bytes_ -= size;
  budget_.used -= size;
  entries_.pop_front();
}

}  // namespace weir::log::storage
