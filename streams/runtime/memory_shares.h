// MemoryShares: what AppOptions::memory_limit is divided into.
//
//   rows       a half     rows of stores that are in memory, of each thread its part
//   databases  a quarter  RocksDB's block cache; its write buffers are charged to it and are at most a half of it
//   fetched    an eighth  records that were fetched and are not processed, of each thread its part
//   the rest   an eighth  changes while they are written down: an application's committed rows are written to RocksDB
//                         when they come to so much, or to a half of what the rows leave of their share and this one,
//                         however short the time (`pending`, part of the rows)
#pragma once

#include <algorithm>
#include <cstddef>

namespace weir::streams {

struct MemoryShares {
  std::size_t databases;     // of the application
  std::size_t write_buffer;  // of a store
  std::size_t rows;          // of a worker, as the following
  std::size_t pending;
  std::size_t fetched;

  static MemoryShares of(std::size_t memory_limit, int threads) {
    const auto workers = static_cast<std::size_t>(threads);
    return {
        .databases = std::max<std::size_t>(memory_limit / 4, 256 * 1024),
        .write_buffer = std::clamp<std::size_t>(memory_limit / 32, 128 * 1024, 32 * 1024 * 1024),
        .rows = memory_limit / 2 / workers,
        .pending = memory_limit / 8 / workers,
        .fetched = memory_limit / 8 / workers,
    };
  }

  // Rows that are written down are there twice for a moment: what of them may wait beside so many bytes of rows. Of
  // what these leave of both shares a half: more rows come before it is done.
  std::size_t pending_beside(std::size_t row_bytes) const {
    const std::size_t both = rows + pending;
    return std::max(pending, (both - std::min(both, row_bytes)) / 2);
  }

  // Of one input, of so many: what it may have fetched.
  std::size_t fetched_of(std::size_t inputs) const {
    return std::clamp<std::size_t>(fetched / std::max<std::size_t>(inputs, 1), 64 * 1024, 4 * 1024 * 1024);
  }
};

}  // namespace weir::streams
