// A table of counts by word for floors: open addressing; a word of up to eight letters is compared as one number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace weir::bench::floor {

class WordTable {
 public:
  explicit WordTable(std::size_t slots = 1 << 18) : slots_(slots), mask_(slots - 1) {}

  std::uint64_t& count(std::string_view word) {
    const std::uint64_t head = first_eight(word);
    std::uint64_t hash = (head ^ word.size()) * 0x9E3779B97F4A7C15ull;
    // Pieces of eight; the last one overlaps the one before.
    for (std::size_t at = 8; at < word.size(); at += 8) {
      hash = (hash ^ load<std::uint64_t>(word.data() + std::min(at, word.size() - 8))) * 0x9FB21C651E98DF25ull;
    }
    for (std::size_t i = (hash ^ (hash >> 29) ^ (hash >> 47)) & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.size == 0) {
        slot = {head, 0, static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(word.size())};
        text_.append(word);
        return slot.count;
      }
      if (slot.head != head || slot.size != word.size()) continue;
      if (word.size() <= 8 || std::memcmp(text_.data() + slot.at + 8, word.data() + 8, word.size() - 8) == 0) {
        return slot.count;
      }
    }
  }

 private:
  template <class Integer>
  static Integer load(const char* at) {
    Integer value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  // The first eight bytes, or all of a shorter word: two overlapping halves, never a byte beyond it.
  static std::uint64_t first_eight(std::string_view word) {
    const char* at = word.data();
    if (word.size() >= 8) return load<std::uint64_t>(at);
    if (word.size() >= 4) {
      return load<std::uint32_t>(at) | std::uint64_t{load<std::uint32_t>(at + word.size() - 4)} << 32;
    }
    if (word.size() >= 2)
      return load<std::uint16_t>(at) | std::uint64_t{load<std::uint16_t>(at + word.size() - 2)} << 16;
    return word.empty() ? 0 : static_cast<unsigned char>(*at);
  }

  struct Slot {
    std::uint64_t head = 0, count = 0;
    std::uint32_t at = 0, size = 0;
  };
  std::vector<Slot> slots_;
  std::size_t mask_;
  std::string text_;
};

}  // namespace weir::bench::floor
