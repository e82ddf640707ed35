#include "streams/operators/timers.h"

#include <algorithm>

#include "log/base/saturate.h"

namespace weir::streams {

std::shared_ptr<Timers::Timer> Timers::schedule(std::string name, TimerClock clock, std::int64_t interval_ms,
                                                Action action, std::int64_t wall_ms) {
  const std::int64_t due_ms = clock == TimerClock::stream_time ? 0 : saturated_sum(wall_ms, interval_ms);
  timers_.push_back(std::make_shared<Timer>(Timer{std::move(name), clock, interval_ms, std::move(action), due_ms}));
  return timers_.back();
}

bool Timers::has(TimerClock clock) const {
  return next(clock).has_value();
}

std::optional<std::int64_t> Timers::next(TimerClock clock) const {
  std::int64_t earliest = kNever;
  for (const auto& timer : timers_) {
    if (timer->clock == clock) earliest = std::min(earliest, timer->due_ms);
  }
  return earliest == kNever ? std::nullopt : std::optional(earliest);
}

void Timers::see_wall_time(std::int64_t now_ms) {
  for (const auto& timer : timers_) {
    if (timer->clock != TimerClock::wall_clock || timer->due_ms == kNever) continue;
    timer->due_ms = std::min(timer->due_ms, saturated_sum(now_ms, timer->interval_ms));
  }
}

bool Timers::is_due(TimerClock clock, std::int64_t now_ms) const {
  auto earliest = next(clock);
  return earliest && *earliest <= now_ms;
}

bool Timers::call_due(TimerClock clock, std::int64_t now_ms) {
  std::erase_if(timers_, [](const auto& timer) { return timer->due_ms == kNever && timer->name.empty(); });
  std::vector<std::shared_ptr<Timer>> due;
  for (const auto& timer : timers_) {
    if (timer->clock == clock && timer->due_ms <= now_ms) due.push_back(timer);
  }
  std::stable_sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a->due_ms < b->due_ms; });
  for (const auto& timer : due) {
    if (timer->due_ms == kNever) continue;  // another one cancelled it
    const std::int64_t steps = saturated_sum(saturated_difference(now_ms, timer->due_ms) / timer->interval_ms, 1);
    timer->due_ms = saturated_sum(timer->due_ms, saturated_product(steps, timer->interval_ms));
    timer->action(now_ms);
  }
  return !due.empty();
}

Timers::Times Timers::times() const {
  Times times;
  for (const auto& timer : timers_) {
    if (!timer->name.empty()) times[timer->name] = timer->due_ms;
  }
  return times;
}

void Timers::restore(const Times& times) {
  for (const auto& timer : timers_) {
    if (auto found = times.find(timer->name); found != times.end()) timer->due_ms = found->second;
  }
}

}  // namespace weir::streams
