// Timers: what a task's processors asked to be called for, by stream time or by the wall clock, and when each is due
// next. Decides only: whoever owns it says what time it is.
//
// A timer in stream time is due with the first record, then at every following multiple of its interval; one in wall
// time an interval after it was scheduled, then at every following interval. After a gap it is called once, with the
// time that it is (Kafka Streams' PunctuationQueue; tests/vectors/README.md, "Processors"). One owner thread, its
// task's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::streams {

enum class TimerClock { stream_time, wall_clock };

class Timers {
 public:
  using Action = std::function<void(std::int64_t now_ms)>;
  using Times = std::map<std::string, std::int64_t>;

  struct Timer {
    std::string name;  // empty: not kept over restarts
    TimerClock clock;
    std::int64_t interval_ms;
    Action action;
    std::int64_t due_ms;  // kNever: cancelled
  };
  static constexpr std::int64_t kNever = INT64_MAX;

  // `name` tells the timer apart from all others of the task, over restarts too; one without a name is forgotten by a
  // restart. Shared with the handle by which it is cancelled. Precondition: interval_ms >= 1.
  std::shared_ptr<Timer> schedule(std::string name, TimerClock clock, std::int64_t interval_ms, Action action,
                                  std::int64_t wall_ms);

  bool has(TimerClock clock) const;
  // A clock that was set back puts no timer off for longer than its interval.
  void see_wall_time(std::int64_t now_ms);
  // The earliest time at which a timer of the wall clock is due.
  std::optional<std::int64_t> next_wall_ms() const { return next(TimerClock::wall_clock); }
  bool is_due(TimerClock clock, std::int64_t now_ms) const;
  // Calls each timer that is due, in the order of their due times, then in that in which they were scheduled. Says
  // whether there was one. What an action schedules is due the next time.
  bool call_due(TimerClock clock, std::int64_t now_ms);

  // When each is due next, by name: what is committed.
  Times times() const;
  // Timers that were scheduled take up what was committed; names that are not known any more are left out.
  void restore(const Times& times);

 private:
  std::optional<std::int64_t> next(TimerClock clock) const;

  std::vector<std::shared_ptr<Timer>> timers_;  // in the order in which they were scheduled
};

}  // namespace weir::streams
