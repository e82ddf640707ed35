// OperatorTime: how far an operator has come in the time of its events. It is that of the latest one; where none comes
// for the idle time-out, by the wall clock, it goes on as that clock does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include "streams/operators/node.h"

namespace weir::streams::cep {

class OperatorTime {
 public:
  explicit OperatorTime(std::optional<std::int64_t> idle_timeout_ms) : idle_timeout_ms_(idle_timeout_ms) {}

  // `look` is called now and then with the wall clock's time, as the record of nobody: the node's policy for errors
  // has what it throws. Nothing without an idle time-out.
  void watch(TaskScope& scope, const Node& node, std::function<void(std::int64_t wall_ms)> look);

  bool has_begun() const { return now_ms_ >= 0; }
  std::int64_t now_ms() const { return now_ms_; }  // -1: no event has come yet
  std::optional<std::int64_t> known_ms() const { return has_begun() ? std::optional(now_ms_) : std::nullopt; }
  // Never back.
  void go_to(std::int64_t time_ms) { now_ms_ = std::max(now_ms_, time_ms); }

  // An event has come.
  void note(std::int64_t time_ms) {
    if (idle_timeout_ms_) last_wall_ms_ = scope_->wall_time_ms();
    go_to(time_ms);
    of_events_ms_ = now_ms_;
  }
  // Whether nothing came for so long that time has gone on by itself.
  bool goes_on_while_idle(std::int64_t wall_ms);

 private:
  const std::optional<std::int64_t> idle_timeout_ms_;
  TaskScope* scope_ = nullptr;
  std::int64_t now_ms_ = -1;
  std::int64_t last_wall_ms_ = 0;   // when the last event came
  std::int64_t of_events_ms_ = -1;  // how far time had come by then; -1: not since the start
};

}  // namespace weir::streams::cep
