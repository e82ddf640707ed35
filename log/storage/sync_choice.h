// Which way unsynced batches become durable: each partition's own files are synced, or their bytes go to the journal
// that all partitions of a data directory share, and that is synced once. Pure; see
// docs/decisions/one-journal-for-many-partitions.md for what was measured.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::log::storage {

enum class SyncWay { segments, journal };

// What deciding needs to know of a partition whose batches are to be made durable.
struct Unsynced {
  std::uint64_t bytes = 0;
  bool fits_journal = false;  // they lie in one piece behind what is durable, and every name is safe
};

// What a disk writes in the time that one sync takes: writing that much twice costs as much as one sync more.
inline constexpr std::uint64_t kBytesPerSync = 128 * 1024;

// Is it little enough to be written twice?
constexpr bool is_for_journal(const Unsynced& one) {
  return one.fits_journal && one.bytes <= kBytesPerSync;
}

// For each of them. The journal saves a sync a partition and writes bytes twice: it pays for those with fewer bytes
// than a sync is worth, and from two of them on.
std::vector<SyncWay> choose_ways(std::span<const Unsynced> partitions);

}  // namespace weir::log::storage
