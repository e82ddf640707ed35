// Stores that processors look into: what `Builder::add_store` makes and `context.store` gives. A handle borrows from
// the task that it was asked of: keep it in the processor, nowhere else.
//
// Here: rows by key. dsl/window_stores.h has windows and sessions, dsl/versioned_store.h versions.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "streams/dsl/options.h"
#include "streams/dsl/type_table.h"
#include "streams/topology/topology.h"

namespace weir::streams {

// What a store is made of. Names are those of StoreOptions.
struct AddStoreOptions {
  std::string store = {};
  bool in_memory = false;
  Millis retention{0};             // of windows, sessions and versions: how long behind the store's time they are found
  bool without_changelog = false;  // as in StoreOptions
};

// How a handle reaches its store: by the task, at the time of the record or timer that is being dealt with.
class StoreAccess {
 public:
  virtual ~StoreAccess() = default;
  virtual const StoreSpec& spec(const std::string& store) const = 0;
  virtual state::Store& store(const std::string& store) const = 0;
  virtual const std::int64_t& now_ms() const = 0;  // stays where it is as long as the task
};

// The store of that name as an S: a handle that is made of the access, or a reference to a store of one's own class.
// std::logic_error if it is not such a store.
template <class S>
decltype(auto) store_as(const StoreAccess& access, const std::string& name) {
  if constexpr (std::derived_from<S, state::Store>) {
    auto* found = dynamic_cast<S*>(&access.store(name));
    if (found == nullptr) throw std::logic_error("store '" + name + "' is of another class");
    return static_cast<S&>(*found);
  } else {
    return S(access, name);
  }
}

// A store that is read and not written: what can be called is what leaves it as it is.
template <class S>
class ReadOnly {
 public:
  ReadOnly() = default;
  explicit ReadOnly(S store) : store_(std::move(store)) {}
  const S* operator->() const { return &store_; }

 private:
  S store_{};
};

namespace store_detail {

// A user's mistake: it is told when the task opens.
inline void check(const StoreSpec& spec, StoreKind kind, const TypeOps& key, const TypeOps& value) {
  if (spec.kind != kind) throw std::logic_error("store '" + spec.name + "' is of another kind");
  if (spec.key != nullptr && spec.key != &key)
    throw std::logic_error("store '" + spec.name + "' has other keys than " + key.name);
  if (spec.value != &value) throw std::logic_error("store '" + spec.name + "' has other values than " + value.name);
}

template <class K, class V>
constexpr void check_types() {
  static_assert(!is_nullable<K> && !is_nullable<V>, "Weir: a store's keys and values are never null: erase instead");
  static_assert(IsOwned<K> && IsOwned<V>,
                "Weir: a store keeps its rows: use types that own (std::string, not string_view)");
}

}  // namespace store_detail

// One row of a scan, borrowed until the next one.
template <class K, class V>
struct ScannedRow {
  const K& key;
  const V& value;
  std::int64_t timestamp_ms;
};

// Rows in order of their encoded keys, as they were when the scan began. A range for one pass:
//
//   for (auto row : counts.range("a", "b")) context.forward(row.key, row.value);
template <class K, class V>
class StoreScan {
 public:
  struct End {};
  class Iterator {
   public:
    using value_type = ScannedRow<K, V>;
    using difference_type = std::ptrdiff_t;

    explicit Iterator(StoreScan& scan) : scan_(&scan) {}
    value_type operator*() const { return scan_->row(); }
    Iterator& operator++() {
      scan_->cursor_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(End) const { return scan_->is_at_end(); }

   private:
    StoreScan* scan_;
  };

  explicit StoreScan(std::unique_ptr<state::KeyValueCursor> cursor) : cursor_(std::move(cursor)) {}

  Iterator begin() { return Iterator(*this); }
  End end() const { return {}; }

 private:
  ScannedRow<K, V> row() {
    if (!Serde<K>::decode(cursor_->key(), key_)) {
      throw std::runtime_error(std::string("a row's key is no ") + type_ops<K>().name);
    }
    return {key_, *static_cast<const V*>(cursor_->value()), cursor_->timestamp_ms()};
  }
  bool is_at_end() const {
    if (cursor_->error()) throw std::runtime_error(cursor_->error()->to_string());
    return !cursor_->valid();
  }

  std::unique_ptr<state::KeyValueCursor> cursor_;
  K key_{};
};

// What stores of rows by key share. Every row has a timestamp.
template <class K, class V>
class RowsByKey {
 public:
  // Bounds of a scan are inclusive; one that is not given is open. Order is that of encoded keys: of strings by bytes.
  using Bound = std::optional<K>;
  StoreScan<K, V> range(const Bound& from, const Bound& to) const { return scan(from, to, state::ScanOrder::forward); }
  StoreScan<K, V> reverse_range(const Bound& from, const Bound& to) const {
    return scan(from, to, state::ScanOrder::reverse);
  }
  StoreScan<K, V> all() const { return range({}, {}); }
  StoreScan<K, V> reverse_all() const { return reverse_range({}, {}); }
  // Rows whose encoded keys begin with the encoded `prefix`, which may be of another type.
  template <class P>
  StoreScan<K, V> prefix(const P& prefix) const {
    OwnedBytes scratch;
    const OwnedBytes from(encode_key(prefix, scratch));
    return opened(from, state::end_of_prefix(from), state::ScanOrder::forward);
  }

  // How many rows there are, those of this transaction among them: exact where all are in memory; else with RocksDB's
  // estimate, in which rows that were changed, and each time that some were written down, may count once more. Looks at
  // every row in memory, and reads none. (Kafka's approximateNumEntries is RocksDB's estimate alone.)
  std::uint64_t approximate_entries() const { return rows_->approximate_rows(); }

  // True if there was a row.
  bool erase(const K& key) {
    state::Row* row = find(key);
    if (row != nullptr) rows_->erase(*row, *now_ms_);
    return row != nullptr;
  }

 protected:
  RowsByKey() = default;
  RowsByKey(const StoreAccess& access, const std::string& name)
      : rows_(&static_cast<state::KeyValueStore&>(access.store(name))), now_ms_(&access.now_ms()) {
    store_detail::check_types<K, V>();
    store_detail::check(access.spec(name), StoreKind::key_value, type_ops<K>(), type_ops<V>());
  }

  static StoreSpec spec_of(const AddStoreOptions& options) {
    store_detail::check_types<K, V>();
    StoreSpec spec;
    spec.name = options.store;
    spec.key = &type_ops<plain_t<K>>();
    spec.value = &type_ops<plain_t<V>>();
    spec.in_memory = options.in_memory;
    spec.has_changelog = !options.without_changelog;
    return spec;
  }

  state::Row* find(const K& key) const { return rows_->find(encode_key(key, key_scratch_)); }
  state::Row& row(const K& key) { return rows_->row(encode_key(key, key_scratch_)); }
  state::KeyValueStore& rows() const { return *rows_; }
  std::int64_t now_ms() const { return *now_ms_; }

 private:
  StoreScan<K, V> scan(const Bound& from, const Bound& to, state::ScanOrder order) const {
    OwnedBytes scratch;
    OwnedBytes first;
    OwnedBytes behind;
    if (from) first = encode_key(*from, scratch);
    if (to) behind = OwnedBytes(encode_key(*to, scratch)) + '\0';
    if (to && behind < first) behind = first;
    return opened(first, behind, order);
  }
  StoreScan<K, V> opened(Bytes from, Bytes to, state::ScanOrder order) const {
    return StoreScan<K, V>(
        std::unique_ptr<state::KeyValueCursor>(new state::KeyValueCursor(rows_->open(from, to, order))));
  }

  state::KeyValueStore* rows_ = nullptr;
  const std::int64_t* now_ms_ = nullptr;
  mutable OwnedBytes key_scratch_;
};

// Rows by key. A row's timestamp is that of the record, or the time of the timer, that wrote it.
template <class K, class V>
class KeyValueStore : public RowsByKey<K, V> {
 public:
  KeyValueStore() = default;
  KeyValueStore(const StoreAccess& access, const std::string& name) : RowsByKey<K, V>(access, name) {}
  static std::vector<StoreSpec> specs(const AddStoreOptions& options) { return {RowsByKey<K, V>::spec_of(options)}; }

  // Null if there is no row. Borrowed until the row changes or the record's processing ends.
  const V* get(const K& key) const {
    const state::Row* row = this->find(key);
    return row == nullptr ? nullptr : row->template value_as<V>();
  }
  void put(const K& key, const V& value) { this->rows().put(this->row(key), &value, this->now_ms()); }
  // Each pair of a range of (key, value), in order.
  template <class Pairs>
  void put_all(const Pairs& pairs) {
    for (const auto& [key, value] : pairs) put(key, value);
  }
  // Writes if there is no row; gives what is there now.
  const V& put_if_absent(const K& key, const V& value) {
    state::Row& row = this->row(key);
    if (!row.exists()) this->rows().put(row, &value, this->now_ms());
    return *row.template value_as<V>();
  }
  // The row's value, to be edited in place, before the store is asked for anything else; a default one if there was
  // none.
  V& edit(const K& key) { return this->rows().template modify_as<V>(this->row(key), this->now_ms()); }
};

template <class V>
struct Timestamped {
  V value{};
  std::int64_t timestamp_ms = 0;

  bool operator==(const Timestamped&) const = default;
};

// Rows by key, each with a timestamp of its own. Tables keep such stores.
template <class K, class V>
class TimestampedKeyValueStore : public RowsByKey<K, V> {
 public:
  TimestampedKeyValueStore() = default;
  TimestampedKeyValueStore(const StoreAccess& access, const std::string& name) : RowsByKey<K, V>(access, name) {}
  static std::vector<StoreSpec> specs(const AddStoreOptions& options) { return {RowsByKey<K, V>::spec_of(options)}; }

  std::optional<Timestamped<V>> get(const K& key) const {
    const state::Row* row = this->find(key);
    if (row == nullptr) return std::nullopt;
    return Timestamped<V>{*row->template value_as<V>(), row->timestamp_ms()};
  }
  void put(const K& key, const V& value, std::int64_t timestamp_ms) {
    this->rows().put(this->row(key), &value, timestamp_ms);
  }
  // Each pair of a range of (key, Timestamped<V>), in order.
  template <class Pairs>
  void put_all(const Pairs& pairs) {
    for (const auto& [key, row] : pairs) put(key, row.value, row.timestamp_ms);
  }
  // Writes if there is no row; gives what is there now.
  Timestamped<V> put_if_absent(const K& key, const V& value, std::int64_t timestamp_ms) {
    state::Row& row = this->row(key);
    if (!row.exists()) this->rows().put(row, &value, timestamp_ms);
    return {*row.template value_as<V>(), row.timestamp_ms()};
  }
};

}  // namespace weir::streams
