// Clock: the only source of time, and of what waits for it. Production hands a SystemClock down, tests a ManualClock,
// simulations one of their own; no code outside this folder asks the operating system what time it is, waits or starts
// a thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/base/parker.h"
#include "log/base/result.h"
#include "log/base/saturate.h"

namespace weir {

using Millis = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;

  virtual std::int64_t wall_ms() const = 0;       // since 1970-01-01 UTC; may jump
  virtual std::int64_t monotonic_ns() const = 0;  // since some start; never goes back

  std::int64_t monotonic_ms() const { return monotonic_ns() / 1'000'000; }

  // So long from now on (monotonic): never, where that is longer than the numbers go.
  std::int64_t deadline_ns(Millis after) const {
    return saturated_sum(monotonic_ns(), saturated_product(after.count(), 1'000'000));
  }

  // A place to wait by this clock, which outlives it. Unless a clock says otherwise its time passes as the system's.
  virtual std::unique_ptr<Parker> make_parker();
  // Runs `work`, which throws nothing, on a thread of its own; the name is for who looks at the process. io_error: a
  // process may have as many threads as it is allowed to.
  virtual Result<std::unique_ptr<Thread>> start_thread(const std::string& name, std::function<void()> work);
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override;
  std::int64_t monotonic_ns() const override;

  static SystemClock& instance();
};

// Stands still until it is moved, by `advance` or by a thread that waits until a time: such a wait moves it there and
// takes none. Threads that were started by this clock do not move it; whoever does waits until they have nothing to do
// any more, before and after: time passes when all that was due is done. They must not wait for whoever moves it but
// by this clock. Safe to read while another thread moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t start_ms = 0) : now_ms_(start_ms) {}

  std::int64_t wall_ms() const override { return now_ms_.load() + step_ms_.load(); }
  std::int64_t monotonic_ns() const override { return saturated_product(now_ms_.load(), 1'000'000); }
  std::unique_ptr<Parker> make_parker() override;
  Result<std::unique_ptr<Thread>> start_thread(const std::string& name, std::function<void()> work) override;

  void advance(Millis by);
  // The wall clock alone is set, forwards or back.
  void step_wall(Millis by) { step_ms_ += by.count(); }

 private:
  class ManualParker;

  void move_to(std::int64_t time_ms, std::unique_lock<std::mutex>& lock);
  void wait_for_threads(std::unique_lock<std::mutex>& lock);

  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> step_ms_ = 0;
  std::mutex mutex_;  // of what follows, of permits and of moves
  std::condition_variable changed_;
  int threads_ = 0;                     // that were started by it and have not ended
  std::vector<ManualParker*> waiting_;  // where those wait
};

}  // namespace weir
