// WindowSpec: the windows of an operator as data, for descriptions: what they are called and how long everything about
// them is. The operator itself decides by its own windowing (topology/windows.h, topology/join_windowing.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "streams/topology/join_windowing.h"
#include "streams/topology/windows.h"

namespace weir::streams {

struct WindowSpec {
  std::string kind;                             // "tumbling", "hopping", "unlimited", "sliding", "session", "join"
  std::map<std::string, std::int64_t> numbers;  // "size_ms", "grace_ms", ...
  bool emits_on_close = false;

  bool operator==(const WindowSpec&) const = default;
};

WindowSpec window_spec(const TimeWindowing& windowing, Emit emit);
WindowSpec window_spec(const SlidingWindowing& windowing, Emit emit);
WindowSpec window_spec(const SessionWindowing& windowing, Emit emit);
WindowSpec window_spec(const JoinWindowing& windowing);

}  // namespace weir::streams
