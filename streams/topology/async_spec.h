// AsyncSpec: the options of an operator whose results come later (map_async) as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::streams {

struct AsyncSpec {
  std::string order;  // "of_records", "per_key"
  std::int64_t max_in_flight = 0;
  std::int64_t timeout_ms = 0;          // of one attempt
  std::optional<std::int64_t> threads;  // of a function that blocks

  bool operator==(const AsyncSpec&) const = default;
};

}  // namespace weir::streams
