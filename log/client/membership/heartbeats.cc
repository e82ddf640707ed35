#include "log/client/membership/heartbeats.h"

#include <algorithm>

#include "log/client/membership/group_calls.h"

namespace weir::log {

namespace {

// A try that fails is not repeated: the next beat comes soon enough.
constexpr Millis kOneTry{0};

}  // namespace

Heartbeats::Heartbeats(std::shared_ptr<Transport> transport, Clock& clock, std::shared_ptr<Runner> runner)
    : runner_(std::move(runner)),
      connection_{std::move(transport), clock, kOneTry, Loop(clock, [runner = runner_.get()] { runner->look(); })},
      view_(connection_) {}

Heartbeats::~Heartbeats() {
  runner_->remove(*this);
  // What is still on its way is given up: its frames go before the loop, which nobody turns any more.
  on_the_way_.clear();
}

Result<> Heartbeats::add(std::shared_ptr<Pulse> pulse) {
  {
    MutexLock lock(mutex_);
    if (!is_begun_) WEIR_TRY(runner_->add(*this));
    is_begun_ = true;
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
  return pulses_;
}

std::int64_t Heartbeats::step(std::int64_t now_ns) {
  (void)connection_.loop.resume_ready(std::chrono::nanoseconds(0));
  std::erase_if(on_the_way_, [](const Task<Result<>>& task) { return task.done(); });
  std::int64_t next_ns = Runner::kNever;
  for (auto& pulse : pulses()) {
    if (auto who = pulse->take_overdue(now_ns)) {
      // An instance is dropped by its coordinator when its session ends, so that it may yet come back.
      if (!who->group_instance_id) start(leave(std::move(*who)));
    } else if (auto due = pulse->take_due(now_ns)) {
      start(beat(pulse, std::move(*due)));
    }
    next_ns = std::min(next_ns, pulse->next_ns());
  }
  return next_ns;
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
