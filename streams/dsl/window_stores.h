// Stores of windows and of sessions by key, for processors. They forget what is older than their retention: a store's
// time is the highest start of a window, or end of a session, that was put, and what starts (ends) at or before that
// time less the retention is not found any more, and not put.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "streams/dsl/session_row.h"
#include "streams/dsl/stores.h"

namespace weir::streams {

// What both share: rows of a WindowStore by key and a moment.
template <class K, class V, class Stored>
class RowsByMoment {
 protected:
  RowsByMoment() = default;
  RowsByMoment(const StoreAccess& access, const std::string& name)
      : rows_(&static_cast<state::WindowStore&>(access.store(name))) {
    store_detail::check_types<K, V>();
    store_detail::check(access.spec(name), StoreKind::window, type_ops<K>(), type_ops<Stored>());
  }

  // TopologyError without a retention.
  static StoreSpec spec_of(const AddStoreOptions& options) {
    store_detail::check_types<K, V>();
    if (options.retention.count() < 1) throw TopologyError("store '" + options.store + "' needs a retention");
    StoreSpec spec;
    spec.name = options.store;
    spec.kind = StoreKind::window;
    spec.key = &type_ops<K>();
    spec.value = &type_ops<Stored>();
    spec.in_memory = options.in_memory;
    spec.has_changelog = !options.without_changelog;
    spec.retention_ms = options.retention.count() - 1;  // the store finds what lies exactly so far back, too
    spec.keeps_time = true;
    return spec;
  }

  state::WindowStore& rows() const { return *rows_; }
  state::WindowStore::Keyed& keyed(const K& key) const { return rows_->keyed(encode_key(key, key_scratch_)); }
  bool is_live(std::int64_t moment_ms) const {
    return moment_ms >= rows_->observed_time_ms() - rows_->retention_ms() && moment_ms >= 0;
  }
  // Moves the store's time. False: the moment is too old to be kept.
  bool take(std::int64_t moment_ms) {
    rows_->expire(moment_ms);
    return is_live(moment_ms);
  }
  bool erase_at(const K& key, std::int64_t moment_ms, std::int64_t now_ms) {
    state::Row* row = rows_->find(keyed(key), moment_ms);
    if (row != nullptr) rows_->erase(*row, now_ms);
    return row != nullptr;
  }

 private:
  state::WindowStore* rows_ = nullptr;
  mutable OwnedBytes key_scratch_;
};

// A window's row, owned.
template <class K, class V>
struct WindowRow {
  K key{};
  std::int64_t start_ms = 0;
  V value{};

  bool operator==(const WindowRow&) const = default;
};

// Reads of rows by key and start. Rows are given as they are now, those of windows that start in [from, to]; the
// backward ones begin with the latest, and copy no more than `most`.
template <class K, class V>
class WindowReads : public RowsByMoment<K, V, V> {
  using Base = RowsByMoment<K, V, V>;

 public:
  using Rows = std::vector<WindowRow<K, V>>;
  static constexpr std::size_t kAll = SIZE_MAX;

  // In order of their starts.
  Rows fetch(const K& key, std::int64_t from_ms, std::int64_t to_ms) const {
    Rows found;
    for (const state::Row* row : live(key, from_ms, to_ms)) {
      if (row->exists()) found.push_back({key, row->window_start_ms(), *row->template value_as<V>()});
    }
    return found;
  }
  Rows backward_fetch(const K& key, std::int64_t from_ms, std::int64_t to_ms, std::size_t most = kAll) const {
    Rows found;
    const auto rows = live(key, from_ms, to_ms);
    for (auto at = rows.rbegin(); at != rows.rend() && found.size() < most; ++at) {
      if ((*at)->exists()) found.push_back({key, (*at)->window_start_ms(), *(*at)->template value_as<V>()});
    }
    return found;
  }
  // Of all keys: in order of start, then of key bytes.
  Rows fetch_all(std::int64_t from_ms, std::int64_t to_ms) const {
    Rows found;
    scan(from_ms, to_ms, [&](const state::Row& row) { return add(row, found); });
    return found;
  }
  Rows backward_fetch_all(std::int64_t from_ms, std::int64_t to_ms, std::size_t most = kAll) const {
    std::vector<const state::Row*> rows;
    scan(from_ms, to_ms, [&](const state::Row& row) {
      rows.push_back(&row);
      return true;
    });
    Rows found;
    for (auto at = rows.rbegin(); at != rows.rend() && found.size() < most; ++at) {
      if (!add(**at, found)) break;
    }
    return found;
  }

 protected:
  WindowReads() = default;
  WindowReads(const StoreAccess& access, const std::string& name) : Base(access, name) {}

 private:
  std::span<state::Row* const> live(const K& key, std::int64_t from_ms, std::int64_t to_ms) const {
    return this->rows().between(this->keyed(key), from_ms, to_ms);
  }
  template <class Visit>
  void scan(std::int64_t from_ms, std::int64_t to_ms, Visit visit) const {
    this->rows().scan(from_ms, to_ms == INT64_MAX ? to_ms : to_ms + 1, visit);
  }
  static bool add(const state::Row& row, Rows& found) {
    WindowRow<K, V>& copy = found.emplace_back();
    copy.start_ms = row.window_start_ms();
    copy.value = *row.template value_as<V>();
    return Serde<K>::decode(row.key(), copy.key);
  }
};

// One row a key and start.
template <class K, class V>
class WindowStore : public WindowReads<K, V> {
  using Base = WindowReads<K, V>;

 public:
  WindowStore() = default;
  WindowStore(const StoreAccess& access, const std::string& name) : Base(access, name) {}
  static std::vector<StoreSpec> specs(const AddStoreOptions& options) { return {Base::spec_of(options)}; }

  // The value of the window that starts there, or null. Borrowed until the row changes or the record's processing ends.
  const V* get(const K& key, std::int64_t start_ms) const {
    const state::Row* row = this->rows().find(this->keyed(key), start_ms);
    return row == nullptr ? nullptr : row->template value_as<V>();
  }
  // False: the window is older than the store keeps them, and is not written.
  bool put(const K& key, const V& value, std::int64_t start_ms) {
    if (!this->take(start_ms)) return false;
    this->rows().put(this->rows().at(this->keyed(key), start_ms), &value, start_ms);
    return true;
  }
  // True if there was a row.
  bool erase(const K& key, std::int64_t start_ms) { return this->erase_at(key, start_ms, start_ms); }
};

// Any number of rows a key and start, in order of arrival: they stay until time passes them. (Kafka's window stores
// that retain duplicates)
template <class K, class V>
class MultiWindowStore : public WindowReads<K, V> {
  using Base = WindowReads<K, V>;

 public:
  MultiWindowStore() = default;
  MultiWindowStore(const StoreAccess& access, const std::string& name) : Base(access, name) {}
  static std::vector<StoreSpec> specs(const AddStoreOptions& options) { return {Base::spec_of(options)}; }

  // A further row. False: its window is older than the store keeps them, and it is not written.
  bool put(const K& key, const V& value, std::int64_t start_ms) {
    if (!this->take(start_ms)) return false;
    this->rows().put(this->rows().add(this->keyed(key), start_ms), &value, start_ms);
    return true;
  }
};

// A session's row, owned. Both ends of its window are inclusive.
template <class K, class V>
struct SessionEntry {
  K key{};
  Window window;
  V value{};

  bool operator==(const SessionEntry&) const = default;
};

// The sessions of a key do not overlap: a session that ends when another of its key does takes its place.
template <class K, class V>
class SessionStore : public RowsByMoment<K, V, SessionRow<V>> {
  using Base = RowsByMoment<K, V, SessionRow<V>>;

 public:
  SessionStore() = default;
  SessionStore(const StoreAccess& access, const std::string& name) : Base(access, name) {}
  static std::vector<StoreSpec> specs(const AddStoreOptions& options) { return {Base::spec_of(options)}; }

  const V* get(const K& key, Window session) const {
    const state::Row* row = find_row(key, session);
    return row == nullptr ? nullptr : &row->template value_as<SessionRow<V>>()->aggregate;
  }
  // False: the session ended before what the store keeps, and is not written.
  bool put(const K& key, Window session, const V& value) {
    if (!this->take(session.end_ms)) return false;
    const SessionRow<V> stored{session.start_ms, value};
    this->rows().put(this->rows().at(this->keyed(key), session.end_ms), &stored, session.end_ms);
    return true;
  }
  // True if there was such a session.
  bool erase(const K& key, Window session) {
    return find_row(key, session) != nullptr && this->erase_at(key, session.end_ms, session.end_ms);
  }

  // Sessions with end >= earliest_end and start <= latest_start, as they are now, in order of their ends.
  std::vector<SessionEntry<K, V>> find(const K& key, std::int64_t earliest_end_ms, std::int64_t latest_start_ms) const {
    std::vector<SessionEntry<K, V>> found;
    for (const state::Row* row : this->rows().between(this->keyed(key), earliest_end_ms, INT64_MAX)) {
      add(key, *row, latest_start_ms, found);
    }
    return found;
  }
  std::vector<SessionEntry<K, V>> fetch(const K& key) const { return find(key, 0, INT64_MAX); }
  // The same, the latest first, and no more than `most`.
  std::vector<SessionEntry<K, V>> backward_find(const K& key, std::int64_t earliest_end_ms,
                                                std::int64_t latest_start_ms, std::size_t most = SIZE_MAX) const {
    std::vector<SessionEntry<K, V>> found;
    const auto rows = this->rows().between(this->keyed(key), earliest_end_ms, INT64_MAX);
    for (auto at = rows.rbegin(); at != rows.rend() && found.size() < most; ++at)
      add(key, **at, latest_start_ms, found);
    return found;
  }

 private:
  static void add(const K& key, const state::Row& row, std::int64_t latest_start_ms,
                  std::vector<SessionEntry<K, V>>& found) {
    if (!row.exists()) return;
    const auto& session = *row.template value_as<SessionRow<V>>();
    if (session.start_ms > latest_start_ms) return;
    found.push_back({key, {session.start_ms, row.window_start_ms()}, session.aggregate});
  }
  const state::Row* find_row(const K& key, Window session) const {
    const state::Row* row = this->rows().find(this->keyed(key), session.end_ms);
    bool is_it = row != nullptr && row->template value_as<SessionRow<V>>()->start_ms == session.start_ms;
    return is_it ? row : nullptr;
  }
};

}  // namespace weir::streams
