#include "log/model/placement.h"

#include <cstring>
#include <limits>

namespace weir::log {

std::int32_t murmur2(Bytes key) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
  const char* at = key.data();
  std::size_t left = key.size();
  for (; left >= 4; at += 4, left -= 4) {
    std::uint32_t word;  // little-endian, as on every machine that Weir runs on
    std::memcpy(&word, at, sizeof word);
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  std::uint32_t tail = 0;
  for (std::size_t i = left; i > 0; --i) tail = tail << 8 | static_cast<std::uint8_t>(at[i - 1]);
  if (left > 0) hash = (hash ^ tail) * kMultiplier;
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return static_cast<std::int32_t>(hash);
}

namespace {

// The code point at the front of `utf8`, which is then cut off; U+FFFD and one byte where it is malformed.
std::uint32_t next_code_point(std::string_view& utf8) {
  auto byte = [&](std::size_t i) {
    return static_cast<std::uint8_t>(utf8[i]);
  };
  std::uint32_t code = byte(0);
  std::size_t length = code < 0x80 ? 1 : code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : code >= 0xc0 ? 2 : 0;
  if (length > 1) code &= 0x7fu >> length;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= utf8.size() || (byte(i) & 0xc0) != 0x80) length = 0;
    if (length != 0) code = code << 6 | (byte(i) & 0x3fu);
  }
  utf8.remove_prefix(length == 0 ? 1 : length);
  return length == 0 || code > 0x10ffff ? 0xfffd : code;
}

}  // namespace

std::int32_t java_string_hash(std::string_view utf8) {
  std::uint32_t hash = 0;
  while (!utf8.empty()) {
    std::uint32_t code = next_code_point(utf8);
    if (code > 0xffff) {
      hash = hash * 31 + (0xd800 + ((code - 0x10000) >> 10));
      hash = hash * 31 + (0xdc00 + (code & 0x3ff));
    } else {
      hash = hash * 31 + code;
    }
  }
  return static_cast<std::int32_t>(hash);
}

PartitionIndex coordinator_partition(std::string_view id, std::int32_t partitions) {
  std::int32_t hash = java_string_hash(id);
  std::int32_t positive = hash == std::numeric_limits<std::int32_t>::min() ? 0 : hash < 0 ? -hash : hash;
  return PartitionIndex(positive % partitions);
}

}  // namespace weir::log
