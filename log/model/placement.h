// The two hashes that decide where things are in a Kafka log. Both must be those of Java to the bit, because every
// client computes them for itself.
#pragma once

#include <cstdint>
#include <string_view>

#include "log/base/bytes.h"
#include "log/model/ids.h"

namespace weir::log {

// murmur2 with Kafka's seed: the partition of a record with a key.
std::int32_t murmur2(Bytes key);

// The default partitioner's choice for a record with a key: murmur2, its sign bit cleared, modulo `partitions`.
inline PartitionIndex partition_of_key(Bytes key, std::int32_t partitions) {
  return PartitionIndex((murmur2(key) & 0x7fffffff) % partitions);
}

// Java's String.hashCode over the UTF-16 code units of `utf8`; a malformed byte counts as U+FFFD.
std::int32_t java_string_hash(std::string_view utf8);

// The partition of a coordinator's topic that a group or transactional id belongs to: the hash's absolute value, the
// smallest one being 0, modulo `partitions`.
PartitionIndex coordinator_partition(std::string_view id, std::int32_t partitions);

}  // namespace weir::log
