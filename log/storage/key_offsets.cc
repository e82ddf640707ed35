#include "log/storage/key_offsets.h"

#include <algorithm>

namespace weir::log::storage {

namespace {
constexpr std::size_t kBlockSize = 64 * 1024;
}

void KeyOffsets::note(Bytes key, Offset offset) {
  auto found = offsets_.find(key);
  if (found != offsets_.end()) {
    found->second = offset;
    return;
  }
  offsets_.emplace(keep(key), offset);
  bytes_ += key.size() + kOverhead;
}

Bytes KeyOffsets::keep(Bytes key) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < key.size()) {
    blocks_.emplace_back().reserve(std::max(kBlockSize, key.size()));
  }
  OwnedBytes& block = blocks_.back();
  const std::size_t at = block.size();
  block.append(key);
  return Bytes(block).substr(at);
}

std::optional<Offset> KeyOffsets::latest(Bytes key) const {
  auto found = offsets_.find(key);
  return found == offsets_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace weir::log::storage
