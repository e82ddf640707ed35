// Windows of time: which there are, and which of them a record falls into.
#pragma once

#include <algorithm>
#include <cstdint>

#include "log/base/saturate.h"

namespace weir::streams {

struct Window {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;  // exclusive; of sliding and session windows inclusive

  auto operator<=>(const Window&) const = default;
};

// A key in one of its windows.
template <class K>
struct Windowed {
  K key{};
  Window window;

  bool operator==(const Windowed&) const = default;
  auto operator<=>(const Windowed&) const = default;
};

// Tumbling (advance = size) and hopping windows, aligned to 1970-01-01 UTC. A record at `ts` falls into those that
// start at a multiple of `advance_ms` in (ts - size, ts]; one of them takes it as long as its end is later than the
// operator's time less the grace (Kafka Streams' TimeWindows).
//
// Unlimited: one window that starts at `origin_ms` and never ends; records before it fall into none. A window whose end
// is behind the last moment there is never ends either, and one with a grace of kForever is never closed.
struct TimeWindowing {
  static constexpr std::int64_t kForever = kForeverMs;
  // Of one record: more of them occupy a worker for longer than milliseconds.
  static constexpr std::int64_t kMostWindows = 10'000;

  std::int64_t size_ms = 0;  // kForever: unlimited
  std::int64_t advance_ms = 0;
  std::int64_t grace_ms = 0;
  std::int64_t origin_ms = 0;  // of the unlimited window
  std::int64_t kept_ms = 0;    // rows are found for so long after their start, if that is after the window is closed

  bool is_unlimited() const { return size_ms == kForever; }
  std::int64_t first_start(std::int64_t ts) const {
    if (is_unlimited()) return ts < origin_ms ? kForever : origin_ms;
    return std::max<std::int64_t>(0, ts - size_ms + advance_ms) / advance_ms * advance_ms;
  }
  // Whether a window that starts after `start_ms` takes a record at `ts`, too: the one at start + advance.
  bool has_next(std::int64_t start_ms, std::int64_t ts) const { return !is_unlimited() && ts - start_ms >= advance_ms; }
  std::int64_t windows_of_record() const { return is_unlimited() ? 1 : (size_ms - 1) / advance_ms + 1; }
  std::int64_t end_of(std::int64_t start_ms) const {
    return is_unlimited() ? kForever : saturated_sum(start_ms, size_ms);
  }
  bool is_closed(std::int64_t start_ms, std::int64_t time_ms) const {
    const std::int64_t end_ms = end_of(start_ms);
    return end_ms != kForever && end_ms <= saturated_difference(time_ms, grace_ms);
  }
  std::int64_t retention_ms() const { return saturated_sum(size_ms, grace_ms); }
  std::int64_t least_kept_ms() const { return retention_ms(); }
  // Whether nodes below find the row of the window that starts there.
  bool is_found(std::int64_t start_ms, std::int64_t time_ms) const {
    return start_ms > saturated_difference(time_ms, kept_ms) || !is_closed(start_ms, time_ms);
  }
};

// Sliding windows: those of `difference_ms`, both ends inclusive, that differ in what they contain: for each record's
// time t the window [t - difference, t] that ends there (the first of all is [0, difference]), and the window
// [t + 1, t + 1 + difference] right of it if it is not empty. One is closed when its end is before the operator's time
// less the grace (Kafka Streams' SlidingWindows).
struct SlidingWindowing {
  std::int64_t difference_ms = 0;
  std::int64_t grace_ms = 0;
  std::int64_t kept_ms = 0;  // as that of TimeWindowing

  // Their rows by start: "end before time - grace" is "end at or before time - (grace + 1)".
  TimeWindowing by_start() const { return {difference_ms, 1, saturated_sum(grace_ms, 1), 0, kept_ms}; }
  // A late record's windows begin with what older windows contain, and the window right of the record before it begins
  // with it: that one ended at most difference + 1 before.
  std::int64_t retention_ms() const { return saturated_sum(least_kept_ms(), 1); }
  std::int64_t least_kept_ms() const { return saturated_sum(saturated_sum(difference_ms, difference_ms), grace_ms); }
};

// Sessions: records at most `gap_ms` apart. One is closed when its end is before the operator's time less gap and grace
// (Kafka Streams' SessionWindows).
struct SessionWindowing {
  std::int64_t gap_ms = 0;
  std::int64_t grace_ms = 0;
  std::int64_t kept_ms = 0;  // rows are found for so long after their end, if that is after the session is closed

  bool is_closed(std::int64_t end_ms, std::int64_t time_ms) const {
    return end_ms < saturated_difference(saturated_difference(time_ms, gap_ms), grace_ms);
  }
  std::int64_t retention_ms() const { return saturated_sum(gap_ms, grace_ms); }
  std::int64_t least_kept_ms() const { return retention_ms(); }
  bool is_found(std::int64_t end_ms, std::int64_t time_ms) const {
    return end_ms > saturated_difference(time_ms, kept_ms) || !is_closed(end_ms, time_ms);
  }
};

enum class Emit { on_update, on_close };

}  // namespace weir::streams
