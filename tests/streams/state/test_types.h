// Type tables for tests of the stores, made by hand: the stores know types only through TypeOps.
#pragma once

#include <cstdint>
#include <new>
#include <string>

#include "log/base/cursor.h"
#include "streams/state/type_ops.h"

namespace weir::streams::state {

inline const TypeOps& int64_type() {
  static const TypeOps ops{
      "std::int64_t",
      8,
      8,
      true,
      true,
      [](void* raw) { new (raw) std::int64_t(0); },
      [](void* raw, const void* from) { new (raw) std::int64_t(*static_cast<const std::int64_t*>(from)); },
      [](void* to, const void* from) { *static_cast<std::int64_t*>(to) = *static_cast<const std::int64_t*>(from); },
      [](void* raw, void* from) { new (raw) std::int64_t(*static_cast<std::int64_t*>(from)); },
      [](void*) {},
      [](Bytes bytes, void* reuse) {
        if (bytes.size() != 8) return false;
        *static_cast<std::int64_t*>(reuse) = load_big_endian<std::int64_t>(bytes.data());
        return true;
      },
      [](const void* object, OwnedBytes& scratch) -> Bytes {
        scratch.resize(8);
        store_big_endian(scratch.data(), *static_cast<const std::int64_t*>(object));
        return scratch;
      },
      [](const void* object, OwnedBytes& scratch) -> Bytes {
        scratch.resize(8);
        store_big_endian(scratch.data(), *static_cast<const std::int64_t*>(object));
        return scratch;
      },
      [](const void*) -> std::size_t { return 0; },
  };
  return ops;
}

inline const TypeOps& string_type() {
  static const TypeOps ops{
      "std::string",
      sizeof(std::string),
      alignof(std::string),
      false,
      true,
      [](void* raw) { new (raw) std::string; },
      [](void* raw, const void* from) { new (raw) std::string(*static_cast<const std::string*>(from)); },
      [](void* to, const void* from) { *static_cast<std::string*>(to) = *static_cast<const std::string*>(from); },
      [](void* raw, void* from) { new (raw) std::string(std::move(*static_cast<std::string*>(from))); },
      [](void* object) { static_cast<std::string*>(object)->~basic_string(); },
      [](Bytes bytes, void* reuse) {
        static_cast<std::string*>(reuse)->assign(bytes);
        return true;
      },
      [](const void* object, OwnedBytes&) -> Bytes { return *static_cast<const std::string*>(object); },
      [](const void* object, OwnedBytes&) -> Bytes { return *static_cast<const std::string*>(object); },
      [](const void* object) -> std::size_t { return static_cast<const std::string*>(object)->capacity(); },
  };
  return ops;
}

}  // namespace weir::streams::state
