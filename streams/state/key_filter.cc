#include "streams/state/key_filter.h"

namespace weir::streams::state {

namespace {

constexpr int kProbes = 4;
constexpr int kProbeBits = 9;  // of a block of 512

}  // namespace

void KeyFilter::add(std::uint64_t hash) {
  if (may_contain(hash)) return;
  const bool is_full =
      layers_.empty() || layers_.back().keys >= layers_.back().words.size() / kBlockWords * kKeysOfBlock;
  if (is_full) {
    const std::size_t words = layers_.empty() ? kFirstBlocks * kBlockWords : 2 * layers_.back().words.size();
    layers_.push_back({PagedVector<std::uint64_t>(words), 0});
  }
  std::uint64_t* block = layers_.back().block(hash);
  for (int i = 0; i < kProbes; ++i, hash >>= kProbeBits) block[hash % 512 / 64] |= std::uint64_t{1} << hash % 64;
  ++layers_.back().keys;
}

bool KeyFilter::may_contain(std::uint64_t hash) const {
  for (const Layer& layer : layers_) {
    const std::uint64_t* block = layer.block(hash);
    bool is_there = true;
    std::uint64_t probe = hash;
    for (int i = 0; i < kProbes; ++i, probe >>= kProbeBits) {
      is_there = is_there && (block[probe % 512 / 64] >> probe % 64 & 1) != 0;
    }
    if (is_there) return true;
  }
  return false;
}

std::size_t KeyFilter::memory_bytes() const {
  std::size_t total = 0;
  for (const Layer& layer : layers_) total += layer.words.capacity() * sizeof(std::uint64_t);
  return total;
}

}  // namespace weir::streams::state
