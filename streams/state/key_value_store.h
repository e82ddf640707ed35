// KeyValueStore: rows by key, each with a timestamp. Behind tables, counts, reduces and aggregates.
#pragma once

#include <functional>

#include "streams/state/key_filter.h"
#include "streams/state/key_value_cursor.h"
#include "streams/state/row_table.h"
#include "streams/state/write_behind.h"

namespace weir::streams::state {

class KeyValueStore final : public WriteBehind {
 public:
  KeyValueStore(std::string name, const TypeOps& value_type, std::unique_ptr<Backing> backing);
  ~KeyValueStore() override;

  static std::uint64_t hash(Bytes key) { return RowTable::hash(key); }
  [[gnu::always_inline]] void prefetch_slot(std::uint64_t hash) const { table_.prefetch_slot(hash); }
  [[gnu::always_inline]] void prefetch_entry(std::uint64_t hash) const { table_.prefetch_entry(hash); }

  // The row of `key`, loaded from below if need be; one that does not exist if there is none.
  Row& row(Bytes key, std::uint64_t hash);
  Row& row(Bytes key) { return row(key, hash(key)); }
  // The row of `key` if it exists, else null.
  Row* find(Bytes key, std::uint64_t hash);
  Row* find(Bytes key) { return find(key, hash(key)); }

  // The rows with from <= key < to (an empty `to` is open) in order of encoded keys, as they are now. The first scan
  // sorts the overlay, which stays sorted from then on. The cursor ends before the store. Precondition:
  // from <= to, or `to` is empty.
  KeyValueCursor open(Bytes from, Bytes to, ScanOrder order);

  // Visits the rows with from <= key < to (an empty `to` is open) in order of encoded keys, as they are now: what the
  // visitor writes is not seen by this scan. The value is borrowed until the visitor returns; false stops.
  using Visit = std::function<bool(Bytes key, const void* value, std::int64_t timestamp_ms)>;
  void scan(Bytes from, Bytes to, ScanOrder order, const Visit& visit);
  void scan_prefix(Bytes prefix, ScanOrder order, const Visit& visit);

  // How many rows there are, changes that are not committed yet among them. Exact where memory holds everything; else
  // what lies below is estimated (Backing::approximate_rows), and a row that was changed since it was last written
  // there counts here as well. Looks at every row in memory.
  std::uint64_t approximate_rows() const;

  Result<> restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override;
  Result<> preload(std::size_t max_bytes) override;
  std::size_t evict(std::size_t bytes) override;

 private:
  Bytes changelog_key(const Row& row, OwnedBytes&) const override { return row.key(); }
  Bytes backing_key(const Row& row, OwnedBytes&) const override { return row.key(); }
  std::size_t index_bytes() const override {
    constexpr std::size_t kNode = heap_block(4 * sizeof(void*) + sizeof(Row*));  // of the ordered set
    return table_.memory_bytes() + sorted_.size() * kNode + keys_below_.memory_bytes();
  }
  void forget_rows() override;
  void on_cleared() override { hold_everything(); }
  void hold_everything() {
    holds_everything_ = knows_keys_below_ = true;
    keys_below_ = {};
  }
  // Of a key that is not in memory: whether to look below.
  bool may_be_below(std::uint64_t hash) const {
    return !holds_everything_ && (!knows_keys_below_ || keys_below_.may_contain(hash));
  }

  Row* add_row(Bytes key, std::uint64_t hash);
  Row* take_from_chunk(Row* row);
  SortedRows& sorted();
  void settle_readers() override;

  RowTable table_;
  SortedRows sorted_;  // every row of the table, if is_sorted_
  bool is_sorted_ = false;
  OverlayRows::Readers readers_;  // of rows where they lie
  KeyFilter keys_below_;          // all that have rows below and are not in memory, if `knows_keys_below_`
  bool knows_keys_below_ = false;
  OwnedBytes loaded_;
};

// The first key after all that begin with `prefix`; empty if there is none.
OwnedBytes end_of_prefix(Bytes prefix);

}  // namespace weir::streams::state
