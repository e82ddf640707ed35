// What makes no sense as windows: TopologyErrors with the numbers in them.
#pragma once

#include "streams/topology/join_windowing.h"
#include "streams/topology/windows.h"

namespace weir::streams {

void check_windowing(const TimeWindowing& windowing);     // 0 < advance <= size, grace >= 0
void check_windowing(const SlidingWindowing& windowing);  // nothing negative
void check_windowing(const SessionWindowing& windowing);  // gap > 0, grace >= 0
void check_windowing(const JoinWindowing& windowing);     // before + after >= 0, grace >= 0

// Windows that never close cannot emit when they are closed.
void check_emit(const TimeWindowing& windowing, Emit when);
inline void check_emit(const SlidingWindowing&, Emit) {}

}  // namespace weir::streams
