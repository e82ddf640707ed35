// WindowStore: how memory is given back. A key goes with all of its windows or not at all.
#include <cstring>
#include <new>

#include "streams/state/window_store.h"

namespace weir::streams::state {

std::size_t WindowStore::evict(std::size_t bytes) {
  if (backing() == nullptr || !knows_below_) return 0;
  const std::size_t before = memory_bytes();
  ChunkSweep sweep(arena_);
  pin_images(sweep);
  std::size_t large = 0;
  table_.each([&](Entry* entry) { decide(static_cast<Keyed&>(*entry), sweep, large, bytes); });
  if (!sweep.retire(bytes - std::min(bytes, large)) && large == 0) return 0;
  PagedVector<Keyed*> moved;
  table_.each([&](Entry* entry) { move_from_chunks(static_cast<Keyed&>(*entry), moved); });
  settle_fates(moved);
  arena_.release_retired();
  const std::size_t after = memory_bytes();
  return before > after ? before - after : 0;
}

// Of rows the sweep is told what has to stay.
void WindowStore::decide(Keyed& keyed, ChunkSweep& sweep, std::size_t& large, std::size_t most_large) {
  bool is_idle = true;
  for (Row* row : keyed.windows) is_idle = !take_used(*row) && is_clean(*row) && is_idle;
  const bool leaves = is_idle && (!is_large(keyed) || large < most_large);
  keyed.fate = leaves ? Keyed::Fate::goes : Keyed::Fate::stays;
  if (!leaves) sweep.keep(&keyed, sizeof(Keyed) + keyed.key_size);
  for (Row* row : keyed.windows) {
    const std::size_t size = row_bytes(*row, false);
    if (leaves && is_large(keyed)) large += size;
    if (!leaves) sweep.keep(row, size);
    if (!is_clean(*row)) sweep.pin(row, size);
  }
}

bool WindowStore::is_large(const Keyed& keyed) const {
  return !Arena::has_chunk(sizeof(Keyed) + keyed.key_size) ||
         (!keyed.windows.empty() && !Arena::has_chunk(row_bytes(*keyed.windows.front(), false)));
}

// Any part of it.
bool WindowStore::is_in_retired(const Keyed& keyed) const {
  if (Arena::has_chunk(sizeof(Keyed) + keyed.key_size) && Arena::is_retired(&keyed)) return true;
  return std::any_of(keyed.windows.begin(), keyed.windows.end(), [this](const Row* row) {
    return Arena::has_chunk(row_bytes(*row, false)) && Arena::is_retired(row);
  });
}

// Where it was, a key's `hash` says which of `moved` it is, and a row is marked as leaving and says where it lies.
void WindowStore::move_from_chunks(Keyed& keyed, PagedVector<Keyed*>& moved) {
  if (keyed.fate == Keyed::Fate::goes) {
    if (!is_large(keyed) && !is_in_retired(keyed)) keyed.fate = Keyed::Fate::stays;
    return;
  }
  for (Row*& row : keyed.windows) {
    mark_leaving(*row, false);
    if (!Arena::has_chunk(row_bytes(*row, false)) || !Arena::is_retired(row)) continue;
    Row* to = move_row(row, false);
    mark_leaving(*row, true);
    row = to;
  }
  const std::size_t size = sizeof(Keyed) + keyed.key_size;
  if (!Arena::has_chunk(size) || !Arena::is_retired(&keyed)) return;
  void* block = arena_.allocate(size);
  Keyed* to = new (block) Keyed(std::move(keyed));
  char* key = static_cast<char*>(block) + sizeof(Keyed);
  std::memcpy(key, keyed.key_data, keyed.key_size);
  to->key_data = key;
  for (Row* row : to->windows) row->key_data = key;
  keyed.fate = Keyed::Fate::moved;
  keyed.hash = moved.size();
  moved.push_back(to);
}

void WindowStore::settle_fates(const PagedVector<Keyed*>& moved) {
  for (auto& [number, rows] : buckets_) {
    list_bytes_ -= bytes_of(rows);
    std::size_t kept = 0;
    for (auto [keyed, row] : rows) {
      if (row == nullptr || keyed->fate == Keyed::Fate::goes) continue;
      if (is_leaving(*row)) row = moved_to(row);
      row->place_ = static_cast<std::uint32_t>(kept);
      rows[kept++] = {keyed->fate == Keyed::Fate::moved ? moved[keyed->hash] : keyed, row};
    }
    rows.resize(kept);
    if (kept < rows.capacity() / 4) rows.shrink_to_fit();
    list_bytes_ += bytes_of(rows);
  }
  std::erase_if(buckets_, [this](const auto& part) {
    if (part.second.empty()) list_bytes_ -= bytes_of(part.second);
    return part.second.empty();
  });
  table_.rebuild([&](Entry* entry) -> Entry* {
    auto* keyed = static_cast<Keyed*>(entry);
    if (keyed->fate == Keyed::Fate::stays) return keyed;
    if (keyed->fate == Keyed::Fate::goes) {
      drop_keyed(keyed);
      return nullptr;
    }
    Keyed* to = moved[keyed->hash];
    keyed->~Keyed();
    arena_.drop(sizeof(Keyed) + to->key_size);
    return to;
  });
}

void WindowStore::drop_keyed(Keyed* keyed) {
  if (!keyed->windows.empty()) holds_everything_ = false;
  for (Row* row : keyed->windows) {
    if (knows_keys_below_) keys_below_[bucket(row->window_start_ms())].add(keyed->hash);
    drop_row(row, false);
  }
  const std::size_t size = sizeof(Keyed) + keyed->key_size;
  if (!Arena::has_chunk(size) || !Arena::is_retired(keyed)) return free_keyed(keyed);
  list_bytes_ -= bytes_of(keyed->windows);
  keyed->~Keyed();
  arena_.drop(size);
}

}  // namespace weir::streams::state
