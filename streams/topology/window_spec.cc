#include "streams/topology/window_spec.h"

namespace weir::streams {

WindowSpec window_spec(const TimeWindowing& windowing, Emit emit) {
  if (windowing.is_unlimited()) return {"unlimited", {{"start_ms", windowing.origin_ms}}, false};
  WindowSpec spec{"tumbling", {{"size_ms", windowing.size_ms}, {"grace_ms", windowing.grace_ms}}};
  if (windowing.advance_ms != windowing.size_ms) {
    spec.kind = "hopping";
    spec.numbers["advance_ms"] = windowing.advance_ms;
  }
  spec.emits_on_close = emit == Emit::on_close;
  return spec;
}

WindowSpec window_spec(const SlidingWindowing& windowing, Emit emit) {
  return {"sliding",
          {{"difference_ms", windowing.difference_ms}, {"grace_ms", windowing.grace_ms}},
          emit == Emit::on_close};
}

WindowSpec window_spec(const SessionWindowing& windowing, Emit emit) {
  return {"session", {{"gap_ms", windowing.gap_ms}, {"grace_ms", windowing.grace_ms}}, emit == Emit::on_close};
}

WindowSpec window_spec(const JoinWindowing& windowing) {
  return {"join",
          {{"before_ms", windowing.before_ms}, {"after_ms", windowing.after_ms}, {"grace_ms", windowing.grace_ms}},
          false};
}

}  // namespace weir::streams
