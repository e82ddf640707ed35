#include "connect/runtime/drive.h"

#include <algorithm>
#include <optional>

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

bool may_pass(ErrorCode code) {
  constexpr ErrorCode kPassing[] = {
      ErrorCode::leader_not_available,
      ErrorCode::not_leader_or_follower,
      ErrorCode::request_timed_out,
      ErrorCode::coordinator_load_in_progress,
      ErrorCode::coordinator_not_available,
      ErrorCode::not_coordinator,
      ErrorCode::not_enough_replicas,
      ErrorCode::not_enough_replicas_after_append,
      ErrorCode::concurrent_transactions,
      ErrorCode::unstable_offset_commit,
      ErrorCode::transaction_abortable,
      ErrorCode::timed_out,
      ErrorCode::no_space,
      ErrorCode::read_only,
  };
  return std::find(std::begin(kPassing), std::end(kPassing), code) != std::end(kPassing);
}

// Counts failures in a row and waits longer after each.
class Patience {
 public:
  Patience(std::string connector, Clock& clock) : connector_(std::move(connector)), clock_(clock) {}

  // Whether to try again; has waited then.
  bool suffers(const Error& error, const std::stop_token& stop) {
    constexpr int kMost = 8;
    if (!may_pass(error.code) || ++failures_ > kMost) return false;
    const Millis pause = std::min(Millis(50) * (1 << failures_), Millis(5'000));
    log_line::warn("connector {}: {}; trying again in {} ms", connector_, error.to_string(), pause.count());
    wait(clock_, stop, pause);
    return true;
  }
  void renew() { failures_ = 0; }

 private:
  std::string connector_;
  Clock& clock_;
  int failures_ = 0;
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
  if (reached) WEIR_TRY(runner.commit());
  return reached;
}

// Whether the sink's topics may only have to be waited for.
bool awaits_topics(const Result<>& started) {
  return !started && started.error().code == ErrorCode::unknown_topic_or_partition;
}

}  // namespace

Result<> patiently(const std::string& connector, Clock& clock, const std::stop_token& stop,
                   const std::function<Result<>()>& attempt) {
  Patience patience(connector, clock);
  while (!stop.stop_requested()) {
    auto tried = attempt();
    if (tried || !patience.suffers(tried.error(), stop)) return tried;
  }
  return {};
}

Result<> drive(SourceRunner& runner, Input input, std::stop_token stop) {
  Patience patience(runner.options().name, runner.clock());
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
  Patience patience(runner.options().name, runner.clock());
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
