// PatternOutline: a pattern of events and how it is looked for, as data for descriptions. Its conditions are callables,
// and not in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::streams {

struct PatternOutline {
  std::string shape = {};  // "failed{5,} ~ success within 600000 ms, after a match past its last event"
  std::int64_t grace_ms = 0;
  std::optional<std::int64_t> idle_timeout_ms = {};
  std::int64_t max_partial_matches = 0;  // of one key
  bool drops_oldest = false;             // when there are more; else the run ends

  bool operator==(const PatternOutline&) const = default;
};

}  // namespace weir::streams
