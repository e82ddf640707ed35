// A table of counts by word for floors: open addressing; a word of up to eight letters is compared as one number.
#pragma once

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
    std::uint64_t head = 0;
    std::memcpy(&head, word.data(), word.size() < 8 ? word.size() : 8);
    std::uint64_t hash = (head ^ word.size()) * 0x9E3779B97F4A7C15ull;
    for (std::size_t at = 8; at < word.size(); at += 8) {
      std::uint64_t piece = 0;
      std::memcpy(&piece, word.data() + at, word.size() - at < 8 ? word.size() - at : 8);
      hash = (hash ^ piece) * 0x9FB21C651E98DF25ull;
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
  struct Slot {
    std::uint64_t head = 0, count = 0;
    std::uint32_t at = 0, size = 0;
  };
  std::vector<Slot> slots_;
  std::size_t mask_;
  std::string text_;
};

}  // namespace weir::bench::floor
