// What makes no sense as windows: TopologyErrors with the numbers in them.
#pragma once

#include <optional>
#include <string>

#include "log/base/clock.h"
#include "streams/topology/join_windowing.h"
#include "streams/topology/windows.h"

namespace weir::streams {

void check_windowing(const TimeWindowing& windowing);     // 0 < advance <= size, grace >= 0
void check_windowing(const SlidingWindowing& windowing);  // nothing negative
void check_windowing(const SessionWindowing& windowing);  // gap > 0, grace >= 0
void check_windowing(const JoinWindowing& windowing);     // before + after >= 0, grace >= 0

// How long rows of windows are kept after their start (of sessions: their end): `asked`, or `needed_ms`: as long as a
// record may need them. TopologyError if less is asked for. (Materialized.withRetention)
std::int64_t checked_retention_ms(const std::string& operation, std::optional<Millis> asked, std::int64_t needed_ms);

// Windows that never close cannot emit when they are closed.
void check_emit(const TimeWindowing& windowing, Emit when);
inline void check_emit(const SlidingWindowing&, Emit) {}

}  // namespace weir::streams
