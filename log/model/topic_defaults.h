// What counts of a topic's configs where nothing else is said, and more than one part of the house must know. All
// others are in log/cluster/topic_configs.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::log {

inline constexpr std::size_t kSegmentBytes = 256 * 1024 * 1024;            // segment.bytes
inline constexpr std::int64_t kSegmentMs = 7LL * 24 * 60 * 60 * 1000;      // segment.ms
inline constexpr std::int64_t kDeleteRetentionMs = 24LL * 60 * 60 * 1000;  // delete.retention.ms

}  // namespace weir::log
