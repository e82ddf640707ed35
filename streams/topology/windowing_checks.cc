#include "streams/topology/windowing_checks.h"

#include <string>

#include "streams/topology/topology.h"

namespace weir::streams {

namespace {

std::string ms(std::int64_t number) {
  return std::to_string(number) + " ms";
}

}  // namespace

void check_windowing(const TimeWindowing& w) {
  const bool makes_sense = w.size_ms > 0 && w.advance_ms > 0 && w.advance_ms <= w.size_ms && w.grace_ms >= 0;
  const std::int64_t windows = makes_sense ? (w.size_ms - 1) / w.advance_ms + 1 : 1;
  if (windows > TimeWindowing::kMostWindows) {
    throw TopologyError("windows of " + ms(w.size_ms) + " every " + ms(w.advance_ms) + ": each record would be in " +
                        std::to_string(windows) + " of them, and more than " +
                        std::to_string(TimeWindowing::kMostWindows) + " are not taken: make the advance longer");
  }
  if (makes_sense) return;
  throw TopologyError("windows of " + ms(w.size_ms) + " every " + ms(w.advance_ms) + " with a grace of " +
                      ms(w.grace_ms) + ": need 0 < advance <= size and grace >= 0");
}

void check_windowing(const SlidingWindowing& w) {
  if (w.difference_ms >= 0 && w.grace_ms >= 0) return;
  throw TopologyError("sliding windows of " + ms(w.difference_ms) + " with a grace of " + ms(w.grace_ms) +
                      ": neither can be negative");
}

void check_windowing(const SessionWindowing& w) {
  if (w.gap_ms > 0 && w.grace_ms >= 0) return;
  throw TopologyError("sessions with a gap of " + ms(w.gap_ms) + " and a grace of " + ms(w.grace_ms) +
                      ": need gap > 0 and grace >= 0");
}

void check_windowing(const JoinWindowing& w) {
  if (saturated_sum(w.before_ms, w.after_ms) >= 0 && w.grace_ms >= 0) return;
  throw TopologyError("a join within " + ms(w.before_ms) + " before and " + ms(w.after_ms) + " after with a grace of " +
                      ms(w.grace_ms) + ": need before + after >= 0 and grace >= 0");
}

std::int64_t checked_retention_ms(const std::string& operation, std::optional<Millis> asked, std::int64_t needed_ms) {
  if (!asked) return needed_ms;
  if (asked->count() >= needed_ms) return asked->count();
  throw TopologyError(operation + ": a retention of " + ms(asked->count()) + " is shorter than its windows need: " +
                      (needed_ms == TimeWindowing::kForever ? "they never close" : ms(needed_ms)));
}

void check_emit(const TimeWindowing& windowing, Emit when) {
  if (when == Emit::on_close && windowing.is_unlimited()) {
    throw TopologyError("emit on close: unlimited windows never close");
  }
}

}  // namespace weir::streams
