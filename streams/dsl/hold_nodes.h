// HeldRecord<V>: a record that waits, as its store keeps it; the node that holds them.
//
//   row = number of headers (4) | size of headers (4) | headers, as in a record | value
#pragma once

#include <cstdint>

#include "streams/dsl/type_table.h"
#include "streams/operators/hold_node.h"

namespace weir::streams {

template <class V>
struct HeldRecord {
  V value{};
  std::int32_t header_count = 0;
  OwnedBytes headers;
};

template <class V>
struct Serde<HeldRecord<V>> {
  static bool decode(Bytes bytes, HeldRecord<V>& reuse) {
    Reader in(bytes);
    reuse.header_count = in.int32();
    const std::int32_t size = in.int32();
    if (size < 0) return false;
    reuse.headers = in.bytes(static_cast<std::size_t>(size));
    if (!in.ok() || !log::HeadersView{reuse.header_count, reuse.headers}.is_whole()) return false;
    return Serde<V>::decode(in.rest(), reuse.value);
  }
  static Bytes encode(const HeldRecord<V>& row, OwnedBytes& scratch) {
    thread_local OwnedBytes value_scratch;  // the value may need one of its own
    scratch.clear();
    Writer out(scratch);
    out.int32(row.header_count);
    out.int32(static_cast<std::int32_t>(row.headers.size()));
    out.bytes(row.headers);
    out.bytes(Serde<V>::encode(row.value, value_scratch));
    return scratch;
  }
  static std::size_t heap_bytes(const HeldRecord<V>& row) {
    std::size_t total = Serde<std::string>::heap_bytes(row.headers);
    if constexpr (requires { Serde<V>::heap_bytes(row.value); }) total += Serde<V>::heap_bytes(row.value);
    return total;
  }
};

template <class V>
class HoldWith final : public HoldNode {
 public:
  HoldWith(std::string store, const TypeOps* key, std::int64_t grace_ms) : HoldNode(std::move(store), key, grace_ms) {}

 private:
  void set(void* row, const void* value, const log::HeadersView* headers) override {
    auto& held = *static_cast<HeldRecord<V>*>(row);
    held.value = *static_cast<const V*>(value);
    held.header_count = headers == nullptr ? 0 : headers->count;
    held.headers = headers == nullptr ? Bytes() : headers->encoded;
  }
  const void* value(const void* row) override { return &static_cast<const HeldRecord<V>*>(row)->value; }
  log::HeadersView headers(const void* row) override {
    const auto& held = *static_cast<const HeldRecord<V>*>(row);
    return {held.header_count, held.headers};
  }
};

}  // namespace weir::streams
