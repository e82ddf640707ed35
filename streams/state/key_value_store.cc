#include "streams/state/key_value_store.h"

#include <algorithm>

#include "log/base/cursor.h"

namespace weir::streams::state {

KeyValueStore::KeyValueStore(std::string name, const TypeOps& value_type, std::unique_ptr<Backing> backing)
    : WriteBehind(std::move(name), value_type, std::move(backing)) {}

KeyValueStore::~KeyValueStore() {
  forget_rows();
}

Row& KeyValueStore::row(Bytes key, std::uint64_t hash) {
  if (Entry* found = table_.find(key, hash)) {
    Row& row = static_cast<Row&>(*found);
    mark_used(row);
    return row;
  }
  Row* row = new_row(key, hash);
  insert(row);
  if (!holds_everything_) {
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
  if (found == nullptr && holds_everything_) return nullptr;
  Row& row = found != nullptr ? static_cast<Row&>(*found) : this->row(key, hash);
  mark_used(row);
  return row.exists() ? &row : nullptr;
}

void KeyValueStore::insert(Row* row) {
  table_.insert(row);
  if (sorted_) sorted_->insert(row);
}

// The overlay's rows with from <= key < to (an empty `to` is open), in any order.
template <class Take>
void KeyValueStore::each_between(Bytes from, Bytes to, Take take) {
  if (from.empty() && to.empty()) {
    return table_.each([&](Entry* entry) { take(static_cast<const Row&>(*entry)); });
  }
  if (!to.empty() && to <= from) return;
  if (!sorted_) {
    sorted_.emplace();
    table_.each([&](Entry* entry) { sorted_->insert(static_cast<Row*>(entry)); });
  }
  const auto end = to.empty() ? sorted_->end() : sorted_->lower_bound(to);
  for (auto at = sorted_->lower_bound(from); at != end; ++at) take(**at);
}

namespace {

// A row of the overlay as it was when the scan began.
struct Seen {
  OwnedBytes key;
  std::unique_ptr<std::byte[]> value;  // null: deleted
  std::int64_t timestamp_ms;
};

}  // namespace

void KeyValueStore::scan(Bytes from, Bytes to, ScanOrder order, const Visit& visit) {
  std::vector<Seen> overlay;
  const TypeOps& type = value_type();
  each_between(from, to, [&](const Row& row) {
    if (!row.exists() && holds_everything_) return;
    Seen seen{OwnedBytes(row.key()), nullptr, row.timestamp_ms()};
    if (row.exists()) {
      seen.value = std::make_unique<std::byte[]>(type.size);
      type.copy(seen.value.get(), row.value());
    }
    overlay.push_back(std::move(seen));
  });
  bool forward = order == ScanOrder::forward;
  auto before = [forward](Bytes a, Bytes b) {
    return forward ? a < b : b < a;
  };
  std::sort(overlay.begin(), overlay.end(), [&](const Seen& a, const Seen& b) { return before(a.key, b.key); });

  std::unique_ptr<BackingIterator> below;
  if (!holds_everything_) below = backing()->scan(from, to, order);
  auto reused = std::make_unique<std::byte[]>(type.size);
  type.construct(reused.get());
  bool go_on = true;
  std::size_t next = 0;
  while (go_on) {
    bool has_below = below != nullptr && below->valid();
    if (next == overlay.size() && !has_below) break;
    if (has_below && next < overlay.size() && below->key() == overlay[next].key) {
      below->next();  // the overlay's row is the newer one
      continue;
    }
    if (next < overlay.size() && (!has_below || before(overlay[next].key, below->key()))) {
      const Seen& seen = overlay[next++];
      if (seen.value != nullptr) go_on = visit(seen.key, seen.value.get(), seen.timestamp_ms);
      continue;
    }
    Bytes stored = below->value();
    if (stored.size() < 8 || !type.decode(stored.substr(8), reused.get())) {
      fail({ErrorCode::corrupt_data, "store " + name() + ": stored bytes are no " + type.name});
      break;
    }
    go_on = visit(below->key(), reused.get(), load_big_endian<std::int64_t>(stored.data()));
    below->next();
  }
  if (below != nullptr) {
    if (auto status = below->status(); !status) fail(status.error().at("store " + name()));
  }
  type.destroy(reused.get());
  for (Seen& seen : overlay) {
    if (seen.value != nullptr) type.destroy(seen.value.get());
  }
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

Result<> KeyValueStore::restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) {
  std::uint64_t hashed = hash(key);
  Entry* found = table_.find(key, hashed);
  if (found == nullptr) {
    Row* row = new_row(key, hashed);
    insert(row);
    found = row;
  }
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
    Row* row = new_row(below->key(), hashed);
    insert(row);
    load_value(*row, below->value());
  }
  TRY(below->status());
  if (error()) return weir::fail(*error());
  holds_everything_ = true;
  return {};
}

std::size_t KeyValueStore::evict(std::size_t bytes) {
  std::vector<Row*> idle;
  std::size_t before = memory_bytes();
  table_.each([&](Entry* entry) {
    Row& row = static_cast<Row&>(*entry);
    bool used = take_used(row);
    if (is_clean(row) && !used && (backing() != nullptr || !row.exists())) idle.push_back(&row);
  });
  for (Row* row : idle) {
    if (before - memory_bytes() >= bytes) break;
    if (row->exists()) holds_everything_ = false;
    table_.erase(row);
    if (sorted_) sorted_->erase(row);
    free_row(row, true);
  }
  return before - memory_bytes();
}

void KeyValueStore::forget_rows() {
  // Called when nothing is dirty or pending, or when the whole store goes: the set of changes goes with it.
  std::vector<Row*> rows;
  table_.each([&](Entry* entry) { rows.push_back(static_cast<Row*>(entry)); });
  table_.clear();
  sorted_.reset();
  for (Row* row : rows) release(row, true);
}

}  // namespace weir::streams::state
