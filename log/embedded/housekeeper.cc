#include "log/embedded/housekeeper.h"

#include <algorithm>

#include "log/base/start_thread.h"

namespace weir::log::embedded {

namespace {
// A clock that is moved by hand does not wake anybody: look again after this time at the latest.
constexpr std::int64_t kLookAgainNs = 20'000'000;
}  // namespace

Housekeeper::Housekeeper(broker::Broker& broker) : broker_(broker) {
  broker_.timers().on_earlier([this] {
    std::lock_guard lock(mutex_);
    has_earlier_ = true;
    changed_.notify_one();
  });
  auto started = start_thread([this] { run(); });
  if (started) thread_ = *std::move(started);
  if (!started) started_ = fail(std::move(started).error());
}

Housekeeper::~Housekeeper() {
  {
    std::lock_guard lock(mutex_);
    is_stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::run() {
  const bool by_system_clock = &broker_.clock() == &SystemClock::instance();
  for (;;) {
    std::int64_t wait_ns = broker_.run_due() - broker_.clock().monotonic_ns();
    if (!by_system_clock) wait_ns = std::min(wait_ns, kLookAgainNs);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::nanoseconds(std::max<std::int64_t>(wait_ns, 0)),
                      [this] { return is_stopped_ || has_earlier_; });
    if (is_stopped_) return;
    has_earlier_ = false;
  }
}

}  // namespace weir::log::embedded
