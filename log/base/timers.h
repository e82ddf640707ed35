// Timers: what is to happen at a time, driven by whoever owns a clock: `run_due(now)` calls what is due and says when
// to come back. Thread-safe; callbacks run outside its lock, on the thread that drives.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include "log/base/mutex.h"

namespace weir {

class Timers {
 public:
  using Id = std::uint64_t;

  // Called, under no lock, when a deadline is set that comes before all others. Set before the first use.
  void on_earlier(std::function<void()> notify) { on_earlier_ = std::move(notify); }

  Id at(std::int64_t deadline_ns, std::function<void()> action) WEIR_EXCLUDES(mutex_) {
    bool is_first = false;
    Id id = 0;
    {
      MutexLock lock(mutex_);
      id = ++last_id_;
      auto place = pending_.emplace(std::pair(deadline_ns, id), std::move(action)).first;
      is_first = place == pending_.begin() && deadline_ns < awaited_ns_;
      if (is_first) awaited_ns_ = deadline_ns;
    }
    if (is_first && on_earlier_) on_earlier_();
    return id;
  }

  void cancel(std::int64_t deadline_ns, Id id) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    pending_.erase(std::pair(deadline_ns, id));
  }

  // The next deadline, if something is still to come.
  std::optional<std::int64_t> run_due(std::int64_t now_ns) WEIR_EXCLUDES(mutex_) {
    for (;;) {
      std::function<void()> action;
      {
        MutexLock lock(mutex_);
        awaited_ns_ = pending_.empty() ? kNever : pending_.begin()->first.first;
        if (pending_.empty()) return std::nullopt;
        auto first = pending_.begin();
        if (first->first.first > now_ns) return first->first.first;
        action = std::move(first->second);
        pending_.erase(first);
      }
      action();
    }
  }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::function<void()> on_earlier_;
  Mutex mutex_;
  std::int64_t awaited_ns_ WEIR_GUARDED_BY(mutex_) = kNever;  // what the driver was last told
  Id last_id_ WEIR_GUARDED_BY(mutex_) = 0;
  std::map<std::pair<std::int64_t, Id>, std::function<void()>> pending_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir
