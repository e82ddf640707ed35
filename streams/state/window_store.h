// WindowStore: rows by key and window start. A key's live windows hang together in one entry, so that a record finds
// all its windows by one look-up; only the changelog and what lies below see (key, window start).
//
// A window has one row (`at`), or as many as are added (`add`): the records of a join's buffer, by their times. These
// are told apart by a sequence number, in order of arrival.
//
// Key in the changelog, as Kafka's window stores have it: key | start (8, big-endian) | sequence (4).
// Key below: bucket (8) | key | start (8) | sequence (4), so that expired windows are dropped as whole ranges.
// Retention is exact on reads: a window is found until its start is older than `retention` before the store's time,
// which is the highest time given to `expire`.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <utility>

#include "streams/state/key_filter.h"
#include "streams/state/row_list.h"
#include "streams/state/row_table.h"
#include "streams/state/write_behind.h"

namespace weir::streams::state {

class WindowStore final : public WriteBehind {
 public:
  // A key with its windows in ascending order of start, then sequence.
  struct Keyed : Entry {
    enum class Fate : std::uint8_t { stays, shrinks, goes, moved };
    Fate fate = Fate::stays;  // while windows expire, or during an eviction
    RowList windows;

    Row* newest() const { return windows.empty() ? nullptr : windows.back(); }
  };

  WindowStore(std::string name, const TypeOps& value_type, std::int64_t retention_ms, std::unique_ptr<Backing> backing);
  ~WindowStore() override;

  static std::uint64_t hash(Bytes key) { return RowTable::hash(key); }
  [[gnu::always_inline]] void prefetch_slot(std::uint64_t hash) const { table_.prefetch_slot(hash); }
  [[gnu::always_inline]] void prefetch_entry(std::uint64_t hash) const { table_.prefetch_entry(hash); }
  [[gnu::always_inline]] void prefetch_row(std::uint64_t hash) const {
    const Entry* entry = table_.likely(hash);
    if (entry != nullptr) RowTable::prefetch(static_cast<const Keyed*>(entry)->newest());
  }

  // The entry of `key` with all its live windows. Valid until `committed`, `apply` or `evict`.
  Keyed& keyed(Bytes key, std::uint64_t hash);
  Keyed& keyed(Bytes key) { return keyed(key, hash(key)); }
  // The same, or null for a key that has none: nothing is made for it where that is known without a look below.
  Keyed* find(Bytes key, std::uint64_t hash);
  // The row of one window; one that does not exist if there is none.
  Row& at(Keyed& keyed, std::int64_t window_start_ms) {
    Row* newest = keyed.newest();
    if (newest == nullptr || newest->window_start_ms() != window_start_ms) return at_older(keyed, window_start_ms);
    mark_used(*newest);
    return *newest;
  }
  // The same, made of `row`, which is that of an earlier window and does not exist, where nobody else knows of it: a
  // window that grows is one row however often it does.
  Row& move(Keyed& keyed, Row& row, std::int64_t window_start_ms);
  Row* find(Keyed& keyed, std::int64_t window_start_ms);
  // A further row of that window, behind those that it has.
  Row& add(Keyed& keyed, std::int64_t window_start_ms);
  // An existing row, or null; also one that this step of time has passed.
  Row* find(const Keyed& keyed, std::int64_t window_start_ms, std::uint32_t sequence) const {
    Row* row = find_row(keyed, window_start_ms, sequence);
    return row != nullptr && row->exists() ? row : nullptr;
  }
  // The live rows with from <= start <= to, in the order of `windows`; some of them may not exist. Valid until a row is
  // added.
  std::span<Row* const> between(const Keyed& keyed, std::int64_t from_start_ms, std::int64_t to_start_ms) const;

  // Visits every existing row with from <= start < to, ordered by start, key bytes, sequence; what the visitor writes
  // is not seen. False stops.
  using Visit = std::function<bool(Row& row)>;
  void scan(std::int64_t from_start_ms, std::int64_t to_start_ms, const Visit& visit);
  // The same for windows that time has passed: those of this step of time are still there until the next commit.
  void scan_closed(std::int64_t from_start_ms, std::int64_t to_start_ms, const Visit& visit);

  // Moves the store's time forward: windows that start before `stream_time_ms - retention` are gone.
  void expire(std::int64_t stream_time_ms);
  std::int64_t observed_time_ms() const override { return observed_time_ms_; }
  void restore_time(std::int64_t time_ms) override { expire(time_ms); }
  std::int64_t retention_ms() const { return retention_ms_; }

  // The store's time is part of an attempt.
  void set_savepoint() override;
  void roll_back() override;
  void release_savepoint() override;

  Result<> restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override;
  Result<> preload(std::size_t max_bytes) override;
  std::size_t evict(std::size_t bytes) override;

 private:
  Bytes changelog_key(const Row& row, OwnedBytes& scratch) const override;
  Bytes backing_key(const Row& row, OwnedBytes& scratch) const override;
  std::vector<KeyRange> take_dropped_ranges() override;
  bool is_kept_below(const Row& row) const override;
  std::size_t index_bytes() const override;
  void forget_rows() override;
  void on_committed() override {
    committed_time_ms_ = observed_time_ms_;
    if (is_much_expired()) {
      thin_out_pending();
      free_expired();
    }
  }
  void on_undone() override {
    observed_time_ms_ = committed_time_ms_;
    attempted_from_ms_.clear();
  }
  void on_applied() override { free_expired(); }
  void on_cleared() override;

  Keyed* new_keyed(Bytes key, std::uint64_t hash);
  void free_keyed(Keyed* keyed);
  void load_windows(Keyed& keyed);
  void load_bucket(Keyed& keyed, std::int64_t bucket, std::int64_t first_live_ms);
  void hold_everything();
  Row& at_older(Keyed& keyed, std::int64_t window_start_ms);
  Row& insert(Keyed& keyed, std::int64_t window_start_ms, std::uint32_t sequence);
  void put_into_order(Keyed& keyed, Row* row);
  void put_into_part(Keyed& keyed, Row& row);
  static Row* find_row(const Keyed& keyed, std::int64_t window_start_ms, std::uint32_t sequence);  // or null
  Result<> find_buckets_below();
  bool is_much_expired() const;
  void free_expired();
  // An eviction's steps: what leaves; what lies elsewhere from then on; and the lists that speak of both.
  void decide(Keyed& keyed, ChunkSweep& sweep, std::size_t& large, std::size_t most_large);
  void move_from_chunks(Keyed& keyed, PagedVector<Keyed*>& moved);
  void settle_fates(const PagedVector<Keyed*>& moved);
  void drop_keyed(Keyed* keyed);
  bool is_large(const Keyed& keyed) const;
  bool is_in_retired(const Keyed& keyed) const;
  // Rows lie in buckets, which expire as a whole; in memory also in parts of them, so that a look for the windows of a
  // moment does not go through all.
  struct Part {
    std::int64_t bucket;
    std::int64_t part;

    auto operator<=>(const Part&) const = default;
  };
  std::int64_t bucket(std::int64_t start_ms) const { return start_ms / bucket_ms_; }
  Part part(std::int64_t start_ms) const { return {bucket(start_ms), start_ms % bucket_ms_ / part_ms_}; }
  // Windows that start earlier are expired at `time_ms`.
  std::int64_t first_live_start(std::int64_t time_ms) const {
    return std::max<std::int64_t>(0, time_ms - retention_ms_);
  }

  RowTable table_;
  std::int64_t retention_ms_;
  std::int64_t bucket_ms_;
  std::int64_t part_ms_;
  std::int64_t observed_time_ms_ = -1;
  std::int64_t committed_time_ms_ = -1;
  std::vector<std::int64_t> attempted_from_ms_;           // the time at each savepoint
  using PartRows = PagedVector<std::pair<Keyed*, Row*>>;  // as they came; null: it moved. A row knows its place
  static std::size_t bytes_of(const RowList& windows) { return windows.heap_bytes(); }
  static std::size_t bytes_of(const PartRows& rows) { return paged_block(rows.capacity() * sizeof(rows[0])); }

  std::map<Part, PartRows> buckets_;  // for scans and expiry
  std::size_t list_bytes_ = 0;        // of the keys' and the buckets' lists
  // By bucket, of keys with rows below: those that are not in memory are all here, if `knows_keys_below_`.
  std::map<std::int64_t, KeyFilter> keys_below_;
  bool knows_keys_below_ = false;
  bool knows_below_ = false;
  std::int64_t first_bucket_below_ = 0;  // of what lies below; empty if first > last
  std::int64_t last_bucket_below_ = -1;
};

}  // namespace weir::streams::state
