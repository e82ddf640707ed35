// SessionRow<A>: a session as its store keeps it, under its key and its end.
//
//   row = start of the session (8, big-endian) | aggregate
#pragma once

#include <cstdint>

#include "streams/dsl/serde.h"

namespace weir::streams {

template <class A>
struct SessionRow {
  std::int64_t start_ms = 0;
  A aggregate{};
};

template <class A>
struct Serde<SessionRow<A>> {
  static bool decode(Bytes bytes, SessionRow<A>& reuse) {
    if (bytes.size() < sizeof(std::int64_t)) return false;
    reuse.start_ms = load_big_endian<std::int64_t>(bytes.data());
    return Serde<A>::decode(bytes.substr(sizeof(std::int64_t)), reuse.aggregate);
  }
  static Bytes encode(const SessionRow<A>& row, OwnedBytes& scratch) {
    thread_local OwnedBytes aggregate_scratch;  // the aggregate may need one of its own
    scratch.clear();
    Writer(scratch).int64(row.start_ms);
    scratch.append(Serde<A>::encode(row.aggregate, aggregate_scratch));
    return scratch;
  }
  static std::size_t heap_bytes(const SessionRow<A>& row) {
    if constexpr (requires { Serde<A>::heap_bytes(row.aggregate); }) return Serde<A>::heap_bytes(row.aggregate);
    return 0;
  }
};

}  // namespace weir::streams
