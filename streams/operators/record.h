// Record: what flows between nodes: borrowed, erased, valid until `process` of it returns. Types are checked once, when
// the topology is built; null is nullptr.
#pragma once

#include <cstdint>

#include "log/base/bytes.h"
#include "log/model/record.h"

namespace weir::streams {

// A key as it is encoded, with the hash by which stores find it.
struct EncodedKey {
  Bytes bytes;
  std::uint64_t hash = 0;
};

struct Record {
  const void* key = nullptr;
  const void* value = nullptr;
  std::int64_t timestamp_ms = 0;
  const log::HeadersView* headers = nullptr;  // null: none
  const EncodedKey* encoded_key = nullptr;    // of `key`, where it is known already
  const void* old_value = nullptr;  // of a table's change: what was there; only where a node below asked for it

  Record with_value(const void* other) const {
    Record copy = *this;
    copy.value = other;
    return copy;
  }
  Record with_change(const void* fresh, const void* old) const {
    Record copy = *this;
    copy.value = fresh;
    copy.old_value = old;
    return copy;
  }
  Record with_key(const void* other) const {
    Record copy = *this;
    copy.key = other;
    copy.encoded_key = nullptr;
    return copy;
  }
};

}  // namespace weir::streams
