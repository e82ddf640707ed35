#include "log/client/membership/heartbeats.h"

#include <algorithm>

#include "log/base/start_thread.h"
#include "log/client/membership/group_calls.h"

namespace weir::log {

namespace {

// A clock that is moved by hand does not wake anybody: look again after this time at the latest.
constexpr std::int64_t kLookAgainNs = 20'000'000;
constexpr std::int64_t kIdleNs = 1'000'000'000;

// A try that fails is not repeated: the next beat comes soon enough.
constexpr Millis kOneTry{0};

}  // namespace

Heartbeats::Heartbeats(std::shared_ptr<Transport> transport, Clock& clock)
    : connection_{std::move(transport), clock, kOneTry}, view_(connection_) {}

Heartbeats::~Heartbeats() {
  std::thread thread;
  {
    MutexLock lock(mutex_);
    is_stopped_ = true;
    thread = std::move(thread_);
  }
  look();
  if (thread.joinable()) thread.join();
  // What is still on its way is given up: its frames go before the loop, which nobody turns any more.
  on_the_way_.clear();
}

Result<> Heartbeats::add(std::shared_ptr<Pulse> pulse) {
  {
    MutexLock lock(mutex_);
    if (!thread_.joinable()) {
      WEIR_TRY_VAR(started, start_thread([this] { run(); }));
      thread_ = std::move(started);
    }
    pulses_.push_back(std::move(pulse));
  }
  look();
  return {};
}

void Heartbeats::remove(const std::shared_ptr<Pulse>& pulse) {
  MutexLock lock(mutex_);
  std::erase(pulses_, pulse);
}

std::vector<std::shared_ptr<Pulse>> Heartbeats::pulses() {
  MutexLock lock(mutex_);
  return is_stopped_ ? std::vector<std::shared_ptr<Pulse>>() : pulses_;
}

void Heartbeats::run() {
  const bool by_system_clock = &connection_.clock == &SystemClock::instance();
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (is_stopped_) return;
    }
    std::int64_t wait_ns = beat_all() - connection_.clock.monotonic_ns();
    wait_ns = std::clamp<std::int64_t>(wait_ns, 0, by_system_clock ? kIdleNs : kLookAgainNs);
    (void)connection_.loop.resume_ready(std::chrono::nanoseconds(wait_ns));
  }
}

std::int64_t Heartbeats::beat_all() {
  std::erase_if(on_the_way_, [](const Task<Result<>>& task) { return task.done(); });
  std::int64_t next_ns = Pulse::kNever;
  for (auto& pulse : pulses()) {
    const std::int64_t now_ns = connection_.clock.monotonic_ns();
    if (auto who = pulse->take_overdue(now_ns)) {
      // An instance is dropped by its coordinator when its session ends, so that it may yet come back.
      if (!who->group_instance_id) start(leave(std::move(*who)));
    } else if (auto due = pulse->take_due(now_ns)) {
      start(beat(pulse, std::move(*due)));
    }
    next_ns = std::min(next_ns, pulse->next_ns());
  }
  return next_ns == Pulse::kNever ? connection_.clock.monotonic_ns() + kIdleNs : next_ns;
}

void Heartbeats::start(Task<Result<>> task) {
  if (!task.start()) on_the_way_.push_back(std::move(task));
}

Task<Result<>> Heartbeats::beat(std::shared_ptr<Pulse> pulse, GroupMetadata who) {
  const std::int32_t generation = who.generation;
  auto answered = co_await send_heartbeat(connection_, view_, std::move(who));
  if (!answered) pulse->heard(answered.error().code, generation);
  co_return Result<>{};
}

Task<Result<>> Heartbeats::leave(GroupMetadata who) {
  co_return co_await leave_group(connection_, view_, std::move(who));
}

}  // namespace weir::log
