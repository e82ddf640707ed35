// SegmentIndex: where batches of one segment lie, by offset and by time. Sparse: one entry per 32 KiB of log or per
// batch, whichever is rarer. An entry stands at the start of a batch.
//
// Invariants: offsets and positions ascend strictly; max_timestamp_before never falls, whatever order timestamps have.
#pragma once

#include <cstdint>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/record_batch.h"

namespace weir::log::storage {

class SegmentIndex {
 public:
  struct Entry {
    Offset offset;                      // the batch's first
    std::uint64_t position = 0;         // of the batch in the file
    std::int64_t max_timestamp_before;  // of all batches of the segment before it
  };

  // Notes a batch that was appended at `position`.
  void add(const BatchHeader& header, std::uint64_t position);
  // Forgets what lies at `position` and behind it; the maximum timestamp stays an upper bound.
  void truncate(std::uint64_t position);

  // Where to start looking for the batch that holds `offset`: the last entry at or before it; null if there is none.
  const Entry* entry_for(Offset offset) const;
  // A batch start at or behind `offset`, or the end: nothing below `offset` lies behind it.
  std::uint64_t position_not_before(Offset offset, std::uint64_t end) const;
  // Where to start looking for the first record with a timestamp of at least `timestamp_ms`.
  std::uint64_t position_for_time(std::int64_t timestamp_ms) const;

  std::int64_t first_timestamp() const { return first_timestamp_; }  // of the first batch
  std::int64_t max_timestamp() const { return max_timestamp_; }

  // The content of an .index file for a segment of `log_size` bytes that ends before `next_offset`.
  OwnedBytes encode(std::uint64_t log_size, Offset next_offset) const;
  // corrupt_data if it is not that of a segment of just this size and end.
  static Result<SegmentIndex> decode(Bytes content, std::uint64_t log_size, Offset next_offset);

 private:
  std::vector<Entry> entries_;
  std::int64_t first_timestamp_ = kNoTimestamp;
  std::int64_t max_timestamp_ = kNoTimestamp;
};

}  // namespace weir::log::storage
