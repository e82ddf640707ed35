// Windows of time: which there are, and which of them a record falls into.
#pragma once

#include <algorithm>
#include <cstdint>

namespace weir::streams {

struct Window {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;  // exclusive

  auto operator<=>(const Window&) const = default;
};

// A key in one of its windows.
template <class K>
struct Windowed {
  K key{};
  Window window;

  bool operator==(const Windowed&) const = default;
};

// Tumbling (advance = size) and hopping windows, aligned to 1970-01-01 UTC. A record at `ts` falls into those that
// start at a multiple of `advance_ms` in (ts - size, ts]; one of them takes it as long as its end is later than the
// operator's time less the grace (Kafka Streams' TimeWindows).
struct TimeWindowing {
  std::int64_t size_ms = 0;
  std::int64_t advance_ms = 0;
  std::int64_t grace_ms = 0;

  std::int64_t first_start(std::int64_t ts) const {
    return std::max<std::int64_t>(0, ts - size_ms + advance_ms) / advance_ms * advance_ms;
  }
  bool is_closed(std::int64_t start_ms, std::int64_t time_ms) const { return start_ms + size_ms <= time_ms - grace_ms; }
  std::int64_t retention_ms() const { return size_ms + grace_ms; }
};

enum class Emit { on_update, on_close };

}  // namespace weir::streams
