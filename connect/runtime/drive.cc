#include "connect/runtime/drive.h"

#include <algorithm>
#include <optional>

#include "connect/contracts/failure.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

constexpr Millis kSinkPoll{100};

// Returns early when stopped.
void wait(Clock& clock, const std::stop_token& stop, Millis time) {
  const std::int64_t end_ns = clock.deadline_ns(time);
  const auto parker = clock.make_parker();
  const std::stop_callback wake(stop, [&parker] { parker->unpark(); });
  while (!stop.stop_requested() && parker->park(end_ns)) continue;
}

// Counts failures in a row and waits longer after each, up to the policy's limits.
class Patience {
 public:
  Patience(std::string connector, Clock& clock, const ErrorPolicy& policy)
      : connector_(std::move(connector)), clock_(clock), policy_(policy) {}

  // Whether to try again; has waited then.
  bool suffers(const Error& error, const std::stop_token& stop) {
    if (blame_of(error) != Blame::passing) return false;
    const std::int64_t now_ms = clock_.monotonic_ms();
    if (!first_failure_ms_) first_failure_ms_ = now_ms;
    const bool is_endless = policy_.retry_timeout < Millis(0);
    const Millis left = policy_.retry_timeout - Millis(now_ms - *first_failure_ms_);
    if (!is_endless && left <= Millis(0)) return false;
    Millis pause = std::min(pause_, policy_.retry_delay_max);
    if (!is_endless) pause = std::min(pause, left);
    pause_ = std::min(pause_ * 2, Millis(3'600'000));
    log_line::warn("connector {}: {}; trying again in {} ms", connector_, error.to_string(), pause.count());
    wait(clock_, stop, pause);
    return true;
  }
  void renew() {
    first_failure_ms_.reset();
    pause_ = kFirstPause;
  }

 private:
  static constexpr Millis kFirstPause{100};

  std::string connector_;
  Clock& clock_;
  ErrorPolicy policy_;
  std::optional<std::int64_t> first_failure_ms_;  // of those in a row
  Millis pause_ = kFirstPause;
};

// True when all that was in the topics after no more came is written and committed.
Result<bool> sink_is_done(SinkRunner& runner, const std::atomic<bool>& no_more_comes,
                          std::optional<SinkRunner::Ends>& ends) {
  if (!ends) {
    if (!no_more_comes) return false;
    WEIR_TRY_VAR(found, runner.ends());
    ends = std::move(found);
  }
  WEIR_TRY_VAR(reached, runner.has_reached(*ends));
  if (!reached) return false;
  WEIR_TRY(runner.commit());
  return runner.has_reached(*ends);  // a flush that blames a record takes it back
}

// Whether the sink's topics may only have to be waited for.
bool awaits_topics(const Result<>& started) {
  return !started && started.error().code == ErrorCode::unknown_topic_or_partition;
}

}  // namespace

Result<> patiently(const std::string& connector, Clock& clock, const std::stop_token& stop,
                   const std::function<Result<>()>& attempt) {
  Patience patience(connector, clock, {});
  while (!stop.stop_requested()) {
    auto tried = attempt();
    if (tried || !patience.suffers(tried.error(), stop)) return tried;
  }
  return {};
}

Result<> drive(SourceRunner& runner, Input input, std::stop_token stop) {
  Patience patience(runner.options().name, runner.clock(), runner.options().errors);
  bool is_started = false;
  while (!stop.stop_requested()) {
    if (!is_started) {
      auto started = runner.start();
      if (!started && !patience.suffers(started.error(), stop)) return started;
      is_started = started.has_value();
      continue;
    }
    auto step = runner.step();
    if (!step) {
      if (!patience.suffers(step.error(), stop)) return fail(step.error());
      is_started = false;
      continue;
    }
    patience.renew();
    if (*step == SourceRunner::Step::moved) continue;
    if (input == Input::is_complete) return {};
    wait(runner.clock(), stop, runner.options().poll_interval);
  }
  return {};
}

Result<> drive(SinkRunner& runner, const std::atomic<bool>& no_more_comes, std::stop_token stop) {
  Patience patience(runner.options().name, runner.clock(), runner.options().errors);
  std::optional<SinkRunner::Ends> ends;
  bool is_started = false;
  while (!stop.stop_requested()) {
    if (!is_started) {
      const bool may_wait = !no_more_comes;
      auto started = runner.start();
      if (may_wait && awaits_topics(started)) {
        wait(runner.clock(), stop, kSinkPoll);
        continue;
      }
      if (!started && !patience.suffers(started.error(), stop)) return started;
      is_started = started.has_value();
      continue;
    }
    auto done = sink_is_done(runner, no_more_comes, ends);
    if (done && *done) return {};
    auto stepped = done ? runner.step(kSinkPoll) : Result<>(fail(done.error()));
    if (stepped) {
      patience.renew();
      continue;
    }
    if (!patience.suffers(stepped.error(), stop)) return stepped;
    is_started = false;
  }
  return is_started ? runner.commit() : Result<>{};
}

}  // namespace weir::connect
