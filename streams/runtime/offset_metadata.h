// OffsetMetadata: what is committed beside an input's offset, as text: the highest time seen in the partition, and the
// times that the task's operators, timers and stores have, so that a restarted task decides as one that was never
// stopped.
//
//   1;<partition time, ms>[;<operator>=<time, ms>]...          "1;1700000000000;logins.count=1700000000000"
//
// At most 4096 bytes, the limit of the field (offset.metadata.max.bytes).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir::streams {

struct OffsetMetadata {
  static constexpr std::size_t kMaxBytes = 4096;

  // Of operators by their names, of timers by "<operator>#<number>" (when it is due next), of stores that keep their
  // own time by "/<store>".
  using Times = std::map<std::string, std::int64_t>;

  std::int64_t partition_time_ms = -1;
  Times event_times_ms;

  std::string to_string() const;
  // Empty text: nothing is known. corrupt_data.
  static Result<OffsetMetadata> parse(std::string_view text);

  bool operator==(const OffsetMetadata&) const = default;
};

}  // namespace weir::streams
