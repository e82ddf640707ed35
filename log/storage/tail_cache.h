// TailCache: the batches that were appended last, as they were handed in, so that a pipeline in this process reads what
// it just wrote without touching a file or a checksum. Bounded per partition and, by a shared budget, over all; an
// entry is charged for the memory that it holds, not for the bytes of it that are used.
//
// Invariant: the batches are consecutive and end at the partition's end, or there are none.
#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "log/model/record_batch.h"

namespace weir::log::storage {

struct TailBudget {
  std::size_t partition_bytes = 4 * 1024 * 1024;
  std::size_t total_bytes = 256 * 1024 * 1024;
  std::atomic<std::size_t> used{0};
};

class TailCache {
 public:
  struct Entry {
    Offset base_offset;
    Offset next_offset;
    SharedBytes bytes;
  };

  explicit TailCache(TailBudget& budget) : budget_(budget) {}
  ~TailCache() { clear(); }
  TailCache(const TailCache&) = delete;
  TailCache& operator=(const TailCache&) = delete;

  void add(const RecordBatch& batch);
  void clear();

  // The first entry that reaches past `offset`; end() if the cache begins behind it or ends before it.
  std::deque<Entry>::const_iterator find(Offset offset) const;
  std::deque<Entry>::const_iterator end() const { return entries_.end(); }

 private:
  void drop_oldest();

  TailBudget& budget_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace weir::log::storage
