#include "streams/operators/pattern/operator_time.h"

#include <utility>

#include "log/base/saturate.h"
#include "streams/operators/error_guard.h"

namespace weir::streams::cep {

void OperatorTime::watch(TaskScope& scope, const Node& node, std::function<void(std::int64_t)> look) {
  scope_ = &scope;
  if (!idle_timeout_ms_) return;
  last_wall_ms_ = scope.wall_time_ms();
  const auto call = [&node, look = std::move(look)](std::int64_t wall_ms) {
    if (node.guard() == nullptr) return look(wall_ms);
    auto attempt = [&] {
      look(wall_ms);
    };
    node.guard()->run(attempt, nullptr);
  };
  scope.timers().schedule(node.name() + "#idle", TimerClock::wall_clock,
                          std::max<std::int64_t>(1, *idle_timeout_ms_ / 2), call, last_wall_ms_);
}

bool OperatorTime::goes_on_while_idle(std::int64_t wall_ms) {
  if (!has_begun()) return false;
  if (of_events_ms_ < 0) of_events_ms_ = now_ms_;  // of before a restart
  const std::int64_t idle_ms = wall_ms - last_wall_ms_;
  if (idle_ms < *idle_timeout_ms_) return false;
  go_to(saturated_sum(of_events_ms_, idle_ms));
  return true;
}

}  // namespace weir::streams::cep
