// HeldChange<V>: a change of a table that is held back, as its store keeps it; the nodes that hold them.
//
//   change = place (8, big-endian) | fresh | old | seen        each: size (4, big-endian; -1: none) | bytes
#pragma once

#include <optional>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/suppress_node.h"

namespace weir::streams {

template <class V>
struct HeldChange {
  std::int64_t place_ms = 0;
  std::optional<V> fresh;
  std::optional<V> old;
  std::optional<V> seen;
};

template <class V>
struct Serde<HeldChange<V>> {
  static bool decode(Bytes bytes, HeldChange<V>& reuse) {
    if (bytes.size() < sizeof(std::int64_t)) return false;
    reuse.place_ms = load_big_endian<std::int64_t>(bytes.data());
    bytes.remove_prefix(sizeof(std::int64_t));
    return decode_part(bytes, reuse.fresh) && decode_part(bytes, reuse.old) && decode_part(bytes, reuse.seen) &&
           bytes.empty();
  }

  static Bytes encode(const HeldChange<V>& change, OwnedBytes& scratch) {
    thread_local OwnedBytes value_scratch;  // a value may need one of its own
    scratch.clear();
    Writer out(scratch);
    out.int64(change.place_ms);
    for (const auto* part : {&change.fresh, &change.old, &change.seen}) {
      if (!*part) {
        out.int32(-1);
        continue;
      }
      Bytes value = Serde<V>::encode(**part, value_scratch);
      out.int32(static_cast<std::int32_t>(value.size()));
      out.bytes(value);
    }
    return scratch;
  }

  static std::size_t heap_bytes(const HeldChange<V>& change) {
    std::size_t total = 0;
    if constexpr (requires(const V& value) { Serde<V>::heap_bytes(value); }) {
      for (const auto* part : {&change.fresh, &change.old, &change.seen}) {
        if (*part) total += Serde<V>::heap_bytes(**part);
      }
    }
    return total;
  }

 private:
  static bool decode_part(Bytes& bytes, std::optional<V>& part) {
    part.reset();
    if (bytes.size() < sizeof(std::int32_t)) return false;
    const auto size = load_big_endian<std::int32_t>(bytes.data());
    bytes.remove_prefix(sizeof(std::int32_t));
    if (size == -1) return true;
    if (size < 0 || static_cast<std::size_t>(size) > bytes.size()) return false;
    const Bytes value = bytes.substr(0, static_cast<std::size_t>(size));
    bytes.remove_prefix(value.size());
    return Serde<V>::decode(value, part.emplace());
  }
};

template <class K>
inline constexpr bool is_windowed = false;
template <class K>
inline constexpr bool is_windowed<Windowed<K>> = true;

template <class K, class V>
class SuppressWith final : public SuppressNode {
 public:
  SuppressWith(std::string store, Suppression suppression)
      : SuppressNode(std::move(store), key_ops<K>(), suppression), is_final_(suppression.is_final) {}

 private:
  Held held(const void* row) override {
    const auto& change = *static_cast<const HeldChange<V>*>(row);
    return {change.place_ms, call::erased(change.fresh), call::erased(change.old), call::erased(change.seen)};
  }

  void set(void* row, std::int64_t place_ms, const Record& record, IsNewlyHeld is_new) override {
    auto& change = *static_cast<HeldChange<V>*>(row);
    change.place_ms = place_ms;
    assign(change.fresh, record.value);
    assign(change.old, record.old_value);
    if (is_new == IsNewlyHeld::yes) change.seen = change.old;
  }

  std::int64_t place_of(const Record& record) override {
    if constexpr (is_windowed<K>) {
      if (is_final_) return static_cast<const K*>(record.key)->window.end_ms;
    }
    return record.timestamp_ms;
  }

  static void assign(std::optional<V>& part, const void* value) {
    if (value == nullptr) {
      part.reset();
    } else {
      part = *static_cast<const V*>(value);
    }
  }

  const bool is_final_;
};

}  // namespace weir::streams
