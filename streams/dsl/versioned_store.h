// VersionedStore<K, V>: what a key was at any time of the last while, for processors. Its retention is how far back
// from the highest time that was put (KIP-889).
#pragma once

#include <vector>

#include "streams/dsl/past_row.h"
#include "streams/dsl/stores.h"
#include "streams/operators/versioned_table_node.h"

namespace weir::streams {

using state::PutVersion;

template <class K, class V>
class VersionedStore {
 public:
  using Found = std::optional<Timestamped<V>>;

  VersionedStore() = default;
  VersionedStore(const StoreAccess& access, const std::string& name)
      : rows_(std::in_place, static_cast<state::KeyValueStore&>(access.store(name)),
              static_cast<state::WindowStore&>(access.store(history_store(name))),
              access.spec(history_store(name)).retention_ms, past_ops<V>()) {
    store_detail::check_types<K, V>();
    store_detail::check(access.spec(name), StoreKind::key_value, type_ops<K>(), type_ops<V>());
  }
  // TopologyError without a retention.
  static std::vector<StoreSpec> specs(const AddStoreOptions& options) {
    store_detail::check_types<K, V>();
    if (options.retention.count() < 1) throw TopologyError("store '" + options.store + "' needs a retention");
    StoreSpec latest;
    latest.name = options.store;
    latest.key = &type_ops<K>();
    latest.value = &type_ops<V>();
    latest.in_memory = options.in_memory;
    latest.has_changelog = !options.without_changelog;
    StoreSpec history = history_spec<K, V>(options.retention.count(), options.in_memory);
    history.name = history_store(options.store);
    history.has_changelog = latest.has_changelog;
    return {latest, history};
  }

  // From `from_ms` on the key has this value, until the next version's time. One that is older than the retention is
  // refused (PutVersion::too_late).
  PutVersion put(const K& key, const V& value, std::int64_t from_ms) { return put_erased(key, &value, from_ms); }
  // From `from_ms` on there is no value.
  PutVersion erase(const K& key, std::int64_t from_ms) { return put_erased(key, nullptr, from_ms); }

  // The latest version, with the time from which it holds.
  Found get(const K& key) {
    const Bytes encoded = encode_key(key, key_scratch_);
    return found(rows_->latest(encoded, state::KeyValueStore::hash(encoded)));
  }
  // The version that held at `time_ms`; before the retention only the latest one is still known.
  Found get(const K& key, std::int64_t time_ms) {
    const Bytes encoded = encode_key(key, key_scratch_);
    return found(rows_->as_of(encoded, state::KeyValueStore::hash(encoded), time_ms));
  }

 private:
  PutVersion put_erased(const K& key, const V* value, std::int64_t from_ms) {
    const Bytes encoded = encode_key(key, key_scratch_);
    return rows_->put(encoded, state::KeyValueStore::hash(encoded), value, from_ms);
  }
  static Found found(const state::Version& version) {
    if (version.value == nullptr) return std::nullopt;
    return Timestamped<V>{*static_cast<const V*>(version.value), version.from_ms};
  }

  std::optional<state::VersionedRows> rows_;
  OwnedBytes key_scratch_;
};

}  // namespace weir::streams
