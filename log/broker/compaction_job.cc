#include "log/broker/compaction_job.h"

#include <algorithm>

#include "log/base/log_line.h"

namespace weir::log::broker {

namespace {
constexpr std::int64_t kStepMs = 50;  // of work at the bound
}

// On the lane again when the time has come. One that is destroyed with its coroutine is resumed by nobody: the timers
// are not turned any more.
class CompactionJob::Rest {
 public:
  Rest(CompactionJob& job, Millis time) : job_(job), time_(time) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) const {
    Broker& broker = job_.broker_;
    broker.timers().at(broker.clock().deadline_ns(time_),
                       [&lane = job_.lane_, waiting] { lane.post([waiting] { waiting.resume(); }); });
  }
  void await_resume() const noexcept {}

 private:
  CompactionJob& job_;
  const Millis time_;
};

CompactionJob::CompactionJob(Broker& broker, Options options)
    : broker_(broker), options_(options), cleaner_(broker.topics(), {}), lane_(broker.options().pool) {
  if (broker_.options().read_only) return;
  work_.emplace(run());
  (void)work_->start();  // to its first rest
}

Task<Result<>> CompactionJob::run() {
  for (;;) {
    co_await Rest(*this, options_.backoff);
    for (bool more = true; more;) {
      const auto cleaned = co_await cleaner_.clean_one(broker_.clock().wall_ms(), pace());
      if (!cleaned) log_line::warn("{}", cleaned.error().to_string());
      more = !cleaned || cleaned->has_value();  // after a failure another one may be due: the failed one rests
      if (cleaned && *cleaned) {
        log_line::debug("compacted {}: {} records gone, {} bytes of {} left", (*cleaned)->partition.to_string(),
                        (*cleaned)->records_removed, (*cleaned)->bytes_after, (*cleaned)->bytes_before);
      }
    }
  }
}

Task<Result<>> CompactionJob::rest(Millis time) {
  co_await Rest(*this, time);
  co_return Result<>{};
}

Cleaner::Pace CompactionJob::pace() {
  const std::size_t step_bytes =
      std::max<std::size_t>(options_.bytes_per_second * static_cast<std::size_t>(kStepMs) / 1'000, 1);
  return {step_bytes, [this] {
            return rest(Millis(kStepMs));
          }};
}

}  // namespace weir::log::broker
