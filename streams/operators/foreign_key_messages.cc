#include "streams/operators/foreign_key_messages.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "log/base/cursor.h"

namespace weir::streams {

std::uint64_t hash_of_row(Bytes encoded) {
  const std::uint64_t hash = XXH3_64bits(encoded.data(), encoded.size());
  return hash == kHashOfNoRow ? 1 : hash;
}

OwnedBytes subscriptions_of(Bytes right_key) {
  OwnedBytes prefix;
  Writer(prefix).int32(static_cast<std::int32_t>(right_key.size()));
  prefix.append(right_key);
  return prefix;
}

}  // namespace weir::streams
