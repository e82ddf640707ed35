// RowTable: finds entries by encoded key. Open addressing over 8-byte slots (16 bits of hash, 48 of pointer), linear
// probing, at most half full; entries stay where they are. A look-up touches one slot line and one entry.
#pragma once

#include <cstdint>

#include "streams/state/pages.h"
#include "streams/state/row.h"

namespace weir::streams::state {

class RowTable {
 public:
  RowTable() : slots_(kSmallest) {}

  static std::uint64_t hash(Bytes key);

  Entry* find(Bytes key, std::uint64_t hash) const {
    for (std::size_t i = index(hash);; i = (i + 1) & mask()) {
      std::uint64_t slot = slots_[i];
      if (slot == 0) return nullptr;
      if ((slot >> kPointerBits) == tag(hash)) {
        Entry* entry = pointer(slot);
        if (entry->hash == hash && entry->key() == key) return entry;
      }
    }
  }
  void insert(Entry* entry);  // precondition: its key is not there
  void erase(const Entry* entry);
  void clear();

  // For a chunk of keys: first all slots, then all entries, then the look-ups. Inlined by order: g++ takes a function
  // that only prefetches for one without effect and leaves calls of it out.
  [[gnu::always_inline]] void prefetch_slot(std::uint64_t hash) const { __builtin_prefetch(&slots_[index(hash)]); }
  [[gnu::always_inline]] void prefetch_entry(std::uint64_t hash) const { prefetch(likely(hash)); }
  [[gnu::always_inline]] static void prefetch(const Entry* entry) {
    if (entry == nullptr) return;
    const char* at = reinterpret_cast<const char*>(entry);
    __builtin_prefetch(at);
    __builtin_prefetch(at + 64);  // where a row has its value and its key
  }
  // What stands in the hash's own slot: nearly always the entry that is looked for.
  [[gnu::always_inline]] const Entry* likely(std::uint64_t hash) const {
    std::uint64_t slot = slots_[index(hash)];
    return slot == 0 ? nullptr : pointer(slot);
  }

  std::size_t size() const { return count_; }
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(slots_[0]); }

  // Makes the table anew, as small as it can be, of what `stays` gives for each entry: itself, where it lies now, or
  // null if it goes.
  template <class Stays>
  void rebuild(Stays stays) {
    PagedVector<std::uint64_t> old(kSmallest);
    old.swap(slots_);
    PagedVector<Entry*> left;
    left.reserve(count_);
    for (std::uint64_t slot : old) {
      Entry* entry = slot == 0 ? nullptr : stays(pointer(slot));
      if (entry != nullptr) left.push_back(entry);
    }
    old = {};
    refill(left);
  }

  template <class Visit>
  void each(Visit visit) const {
    for (std::uint64_t slot : slots_) {
      if (slot != 0) visit(pointer(slot));
    }
  }

 private:
  static constexpr int kPointerBits = 48;
  static constexpr std::size_t kSmallest = 64;  // slots

  static std::uint64_t tag(std::uint64_t hash) { return hash >> kPointerBits; }
  static Entry* pointer(std::uint64_t slot) {
    return reinterpret_cast<Entry*>(slot & ((std::uint64_t{1} << kPointerBits) - 1));
  }
  static std::uint64_t slot_of(Entry* entry);
  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t index(std::uint64_t hash) const { return hash & mask(); }
  void place(std::uint64_t slot, std::uint64_t hash);
  void grow();
  void refill(const PagedVector<Entry*>& entries);

  PagedVector<std::uint64_t> slots_;
  std::size_t count_ = 0;
};

}  // namespace weir::streams::state
