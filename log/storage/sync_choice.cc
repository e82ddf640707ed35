#include "log/storage/sync_choice.h"

#include <algorithm>

namespace weir::log::storage {

std::vector<SyncWay> choose_ways(std::span<const Unsynced> partitions) {
  std::vector<SyncWay> ways(partitions.size(), SyncWay::segments);
  if (std::count_if(partitions.begin(), partitions.end(), is_for_journal) < 2) return ways;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (is_for_journal(partitions[i])) ways[i] = SyncWay::journal;
  }
  return ways;
}

}  // namespace weir::log::storage
