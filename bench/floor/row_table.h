// A table from keys of bytes to rows, for floors: open addressing, keys in one piece of memory, rows by number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace weir::bench::floor {

inline std::uint64_t load_eight(const char* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Of a key of eight bytes or more: pieces of eight, the last one overlaps the one before.
inline std::uint64_t hash_of(std::string_view key) {
  std::uint64_t hash = load_eight(key.data()) * 0x9E3779B97F4A7C15ull;
  for (std::size_t at = 8; at < key.size(); at += 8) {
    hash = (hash ^ load_eight(key.data() + std::min(at, key.size() - 8))) * 0x9FB21C651E98DF25ull;
  }
  return hash ^ (hash >> 29) ^ (hash >> 47);
}

// Never grows: as many slots as are given, a power of two, at least twice the keys. Keys have eight bytes or more.
template <class Row>
class RowTable {
 public:
  explicit RowTable(std::size_t slots) : slots_(slots), mask_(slots - 1) {}

  Row& operator[](std::string_view key) {
    const std::uint64_t hash = hash_of(key);
    for (std::size_t i = hash & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.row == 0) {
        keys_.append(key);
        rows_.emplace_back();
        slot = {hash, keys_.size() - key.size(), static_cast<std::uint32_t>(key.size()),
                static_cast<std::uint32_t>(rows_.size())};
        return rows_.back();
      }
      if (slot.hash == hash && slot.size == key.size() &&
          std::memcmp(keys_.data() + slot.at, key.data(), key.size()) == 0) {
        return rows_[slot.row - 1];
      }
    }
  }
  // Calls `visit(key, row)` in the order in which the keys came.
  template <class Visit>
  void each(Visit visit) {
    std::vector<std::string_view> keys(rows_.size());
    for (const Slot& slot : slots_) {
      if (slot.row != 0) keys[slot.row - 1] = {keys_.data() + slot.at, slot.size};
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) visit(keys[i], rows_[i]);
  }
  void clear() {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    keys_.clear();
    rows_.clear();
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::size_t at = 0;
    std::uint32_t size = 0;
    std::uint32_t row = 0;  // its number and one; 0: the slot is free
  };
  std::vector<Slot> slots_;
  std::size_t mask_;
  std::string keys_;
  std::vector<Row> rows_;
};

}  // namespace weir::bench::floor
