// Clock: the only source of time. Production hands a SystemClock down, tests and simulations a ManualClock; no code
// outside this file asks the operating system what time it is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

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

  // Holds the calling thread up for as long; for back-off before something is tried again.
  virtual void pause(Millis time) = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override;
  std::int64_t monotonic_ns() const override;
  void pause(Millis time) override;

  static SystemClock& instance();
};

// Stands still until it is moved; whoever pauses moves it. Safe to read while another thread moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t start_ms = 0) : now_ms_(start_ms) {}

  std::int64_t wall_ms() const override { return now_ms_.load() + step_ms_.load(); }
  std::int64_t monotonic_ns() const override { return now_ms_.load() * 1'000'000; }
  void pause(Millis time) override { advance(time); }
  void advance(Millis by) { now_ms_ += by.count(); }
  // The wall clock alone is set, forwards or back.
  void step_wall(Millis by) { step_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> step_ms_ = 0;
};

}  // namespace weir
