// PastRow<V>: a version of a key that was followed by another one, as the history of a versioned store keeps it, under
// its key and the time at which it ends. Without a value: the key was deleted at that time.
//
//   row = from (8, big-endian) | 1 if there is a value, else 0 (1) | value
#pragma once

#include <cstdint>
#include <optional>

#include "streams/dsl/type_table.h"
#include "streams/state/versioned_rows.h"

namespace weir::streams {

template <class V>
struct PastRow {
  std::int64_t from_ms = 0;
  std::optional<V> value;
};

template <class V>
struct Serde<PastRow<V>> {
  static constexpr std::size_t kHead = 9;

  static bool decode(Bytes bytes, PastRow<V>& reuse) {
    if (bytes.size() < kHead || (bytes[8] != 0 && bytes[8] != 1)) return false;
    reuse.from_ms = load_big_endian<std::int64_t>(bytes.data());
    if (bytes[8] == 0) {
      reuse.value.reset();
      return bytes.size() == kHead;
    }
    return Serde<V>::decode(bytes.substr(kHead), reuse.value ? *reuse.value : reuse.value.emplace());
  }
  static Bytes encode(const PastRow<V>& row, OwnedBytes& scratch) {
    thread_local OwnedBytes value_scratch;  // the value may need one of its own
    scratch.clear();
    Writer out(scratch);
    out.int64(row.from_ms);
    out.int8(row.value ? 1 : 0);
    if (row.value) out.bytes(Serde<V>::encode(*row.value, value_scratch));
    return scratch;
  }
  static std::size_t heap_bytes(const PastRow<V>& row) {
    if constexpr (requires(const V& value) { Serde<V>::heap_bytes(value); }) {
      if (row.value) return Serde<V>::heap_bytes(*row.value);
    }
    return 0;
  }
};

template <class V>
const state::PastOps& past_ops() {
  static const state::PastOps ops{
      &type_ops<PastRow<V>>(),
      [](const void* row) { return static_cast<const PastRow<V>*>(row)->from_ms; },
      [](const void* row) -> const void* {
        const auto& value = static_cast<const PastRow<V>*>(row)->value;
        return value ? &*value : nullptr;
      },
      [](void* row, std::int64_t from_ms, const void* value) {
        auto& past = *static_cast<PastRow<V>*>(row);
        past.from_ms = from_ms;
        past.value = value == nullptr ? std::nullopt : std::optional<V>(*static_cast<const V*>(value));
      },
  };
  return ops;
}

// The store of the history; it is named by the one of the latest versions.
template <class K, class V>
StoreSpec history_spec(std::int64_t history_ms, bool in_memory) {
  StoreSpec spec;
  spec.kind = StoreKind::window;
  spec.key = key_ops<K>();
  spec.value = past_ops<V>().type;
  spec.retention_ms = history_ms;
  spec.keeps_time = true;
  spec.in_memory = in_memory;
  return spec;
}

}  // namespace weir::streams
