#include "streams/state/row_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "log/base/assert.h"

namespace weir::streams::state {

std::uint64_t RowTable::hash(Bytes key) {
  return XXH3_64bits(key.data(), key.size());
}

std::uint64_t RowTable::slot_of(Entry* entry) {
  auto address = reinterpret_cast<std::uint64_t>(entry);
  WEIR_ASSERT((address >> kPointerBits) == 0, "user addresses have 48 bits");
  return (tag(entry->hash) << kPointerBits) | address;
}

void RowTable::place(std::uint64_t slot, std::uint64_t hash) {
  std::size_t i = index(hash);
  while (slots_[i] != 0) i = (i + 1) & mask();
  slots_[i] = slot;
}

void RowTable::insert(Entry* entry) {
  if ((count_ + 1) * 2 > slots_.size()) grow();
  place(slot_of(entry), entry->hash);
  ++count_;
}

void RowTable::erase(const Entry* entry) {
  std::size_t i = index(entry->hash);
  while (pointer(slots_[i]) != entry) {
    WEIR_ASSERT(slots_[i] != 0, "an entry that is erased is in the table");
    i = (i + 1) & mask();
  }
  slots_[i] = 0;
  --count_;
  // What probed past the hole moves back into it.
  for (std::size_t j = (i + 1) & mask(); slots_[j] != 0; j = (j + 1) & mask()) {
    std::size_t home = index(pointer(slots_[j])->hash);
    if (((j - home) & mask()) >= ((j - i) & mask())) {
      slots_[i] = slots_[j];
      slots_[j] = 0;
      i = j;
    }
  }
}

void RowTable::clear() {
  PagedVector<std::uint64_t>(kSmallest).swap(slots_);
  count_ = 0;
}

void RowTable::refill(const PagedVector<Entry*>& entries) {
  std::size_t slots = kSmallest;
  while (entries.size() * 2 > slots) slots *= 2;
  PagedVector<std::uint64_t>(slots).swap(slots_);
  count_ = entries.size();
  for (Entry* entry : entries) place(slot_of(entry), entry->hash);
}

void RowTable::grow() {
  PagedVector<std::uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (std::uint64_t slot : old) {
    if (slot != 0) place(slot, pointer(slot)->hash);
  }
}

}  // namespace weir::streams::state
