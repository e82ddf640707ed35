#include "streams/state/key_value_store.h"

#include <algorithm>

namespace weir::streams::state {

KeyValueStore::KeyValueStore(std::string name, const TypeOps& value_type, std::unique_ptr<Backing> backing)
    : WriteBehind(std::move(name), value_type, std::move(backing)), knows_keys_below_(holds_everything_) {}

KeyValueStore::~KeyValueStore() {
  about_to_change();
  table_.each([this](Entry* entry) { release_with_store(static_cast<Row*>(entry), true); });
}

Row& KeyValueStore::row(Bytes key, std::uint64_t hash) {
  if (Entry* found = table_.find(key, hash)) {
    Row& row = static_cast<Row&>(*found);
    mark_used(row);
    return row;
  }
  Row* row = add_row(key, hash);
  if (may_be_below(hash)) {
    auto there = backing()->get(key, loaded_);
    if (!there) {
      fail(there.error().at("store " + name()));
    } else if (*there) {
      load_value(*row, loaded_);
    }
  }
  return *row;
}

Row* KeyValueStore::find(Bytes key, std::uint64_t hash) {
  Entry* found = table_.find(key, hash);
  if (found == nullptr && !may_be_below(hash)) return nullptr;
  Row& row = found != nullptr ? static_cast<Row&>(*found) : this->row(key, hash);
  mark_used(row);
  return row.exists() ? &row : nullptr;
}

Row* KeyValueStore::add_row(Bytes key, std::uint64_t hash) {
  Row* row = new_row(key, hash);
  table_.insert(row);
  if (is_sorted_) sorted_.insert(row);
  return row;
}

SortedRows& KeyValueStore::sorted() {
  if (!is_sorted_) {
    table_.each([&](Entry* entry) { sorted_.insert(static_cast<Row*>(entry)); });
    is_sorted_ = true;
  }
  return sorted_;
}

KeyValueCursor KeyValueStore::open(Bytes from, Bytes to, ScanOrder order) {
  auto overlay = std::make_unique<OverlayRows>(value_type(), sorted(), from, to, order, readers_);
  has_readers_ = true;
  return {value_type(), order, std::move(overlay), holds_everything_ ? nullptr : backing()->scan(from, to, order)};
}

void KeyValueStore::settle_readers() {
  for (OverlayRows* reader : readers_) reader->copy_the_rest();
  readers_.clear();
  has_readers_ = false;
}

void KeyValueStore::scan(Bytes from, Bytes to, ScanOrder order, const Visit& visit) {
  KeyValueCursor cursor = open(from, to, order);
  while (cursor.valid() && visit(cursor.key(), cursor.value(), cursor.timestamp_ms())) cursor.next();
  if (cursor.error()) fail(cursor.error()->at("store " + name()));
}

void KeyValueStore::scan_prefix(Bytes prefix, ScanOrder order, const Visit& visit) {
  scan(prefix, end_of_prefix(prefix), order, visit);
}

OwnedBytes end_of_prefix(Bytes prefix) {
  OwnedBytes end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::uint64_t KeyValueStore::approximate_rows() const {
  std::uint64_t here = 0;
  std::uint64_t gone = 0;
  table_.each([&](const Entry* entry) {
    const Row& row = static_cast<const Row&>(*entry);
    const bool counts = holds_everything_ || !is_clean(row);
    here += counts && row.exists() ? 1 : 0;
    gone += counts && !row.exists() ? 1 : 0;
  });
  if (holds_everything_) return here;
  const std::uint64_t all = backing()->approximate_rows() + here;
  return all > gone ? all - gone : 0;
}

Result<> KeyValueStore::restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) {
  std::uint64_t hashed = hash(key);
  Entry* found = table_.find(key, hashed);
  if (found == nullptr) found = add_row(key, hashed);
  restore_row(static_cast<Row&>(*found), value, timestamp_ms);
  if (error()) return weir::fail(*error());
  return {};
}

Result<> KeyValueStore::preload(std::size_t max_bytes) {
  if (holds_everything_ || backing()->approximate_bytes() > max_bytes) return {};
  auto below = backing()->scan({}, {}, ScanOrder::forward);
  for (; below->valid(); below->next()) {
    std::uint64_t hashed = hash(below->key());
    if (table_.find(below->key(), hashed) != nullptr) continue;  // newer
    load_value(*add_row(below->key(), hashed), below->value());
    if (memory_bytes() > max_bytes) return error() ? weir::fail(*error()) : Result<>();  // more than files say: packed
  }
  WEIR_TRY(below->status());
  if (error()) return weir::fail(*error());
  hold_everything();
  return {};
}

std::size_t KeyValueStore::evict(std::size_t bytes) {
  about_to_change();
  const std::size_t before = memory_bytes();
  ChunkSweep sweep(arena_);
  pin_images(sweep);
  std::size_t large = 0;
  table_.each([&](Entry* entry) {
    Row& row = static_cast<Row&>(*entry);
    const bool used = take_used(row);
    const bool leaves = !used && is_clean(row) && (backing() != nullptr || !row.exists());
    const std::size_t size = row_bytes(row, true);
    mark_leaving(row, leaves && (Arena::has_chunk(size) || large < bytes));
    if (is_leaving(row) && !Arena::has_chunk(size)) large += size;
    if (!is_clean(row)) sweep.pin(&row, size);
    if (!leaves) sweep.keep(&row, size);
  });
  if (!sweep.retire(bytes - std::min(bytes, large)) && large == 0) return 0;
  table_.rebuild([this](Entry* entry) { return take_from_chunk(static_cast<Row*>(entry)); });
  arena_.release_retired();
  const std::size_t after = memory_bytes();
  return before > after ? before - after : 0;
}

// The row, wherever it lies from here on; null if it goes. Only rows of chunks that are retired, and large ones, do.
Row* KeyValueStore::take_from_chunk(Row* row) {
  const bool is_large = !Arena::has_chunk(row_bytes(*row, true));
  const bool stays = is_large ? !is_leaving(*row) : !Arena::is_retired(row);
  if (stays) return row;
  auto place = is_sorted_ ? sorted_.extract(row) : SortedRows::node_type();
  if (is_leaving(*row)) {
    if (row->exists()) {
      holds_everything_ = false;
      if (knows_keys_below_) keys_below_.add(row->hash);
    }
    drop_row(row, true);
    return nullptr;
  }
  Row* moved = move_row(row, true);
  if (is_sorted_) {
    place.value() = moved;
    sorted_.insert(std::move(place));
  }
  return moved;
}

void KeyValueStore::forget_rows() {
  about_to_change();
  std::vector<Row*> rows;
  table_.each([&](Entry* entry) { rows.push_back(static_cast<Row*>(entry)); });
  table_.clear();
  sorted_.clear();
  for (Row* row : rows) release(row, true);
}

}  // namespace weir::streams::state
