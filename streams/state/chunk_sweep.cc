#include "streams/state/chunk_sweep.h"

#include <algorithm>

namespace weir::streams::state {

bool ChunkSweep::retire(std::size_t bytes) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    // To move more than that costs more than it gains.
    const bool is_worth_it = chunks_[i].kept <= arena_.chunk_bytes(i) / 4 * 3;
    if (!chunks_[i].is_pinned && is_worth_it) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [this](std::size_t a, std::size_t b) { return chunks_[a].kept < chunks_[b].kept; });
  std::size_t freed = 0;
  std::size_t count = 0;
  while (count < order.size() && freed < bytes) {
    const std::size_t chunk = order[count++];
    freed += arena_.chunk_bytes(chunk) - chunks_[chunk].kept;
  }
  order.resize(count);
  if (count > 0) arena_.retire(order);
  return count > 0;
}

}  // namespace weir::streams::state
