// KeyFilter: a set of keys' hashes that may say yes for one that is not in it (about one in a hundred), never no for
// one that is. Two bytes a key, and it grows: Bloom filters in blocks of a cache line, each twice as large as the one
// before.
#pragma once

#include <cstdint>
#include <vector>

#include "streams/state/pages.h"

namespace weir::streams::state {

class KeyFilter {
 public:
  void add(std::uint64_t hash);
  bool may_contain(std::uint64_t hash) const;
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kBlockWords = 8;
  static constexpr std::size_t kKeysOfBlock = 32;  // 16 bits each
  static constexpr std::size_t kFirstBlocks = 16;

  struct Layer {
    PagedVector<std::uint64_t> words;
    std::size_t keys = 0;

    std::uint64_t* block(std::uint64_t hash) { return words.data() + place(hash); }
    const std::uint64_t* block(std::uint64_t hash) const { return words.data() + place(hash); }
    std::size_t place(std::uint64_t hash) const { return (hash >> 40) % (words.size() / kBlockWords) * kBlockWords; }
  };

  std::vector<Layer> layers_;
};

}  // namespace weir::streams::state
