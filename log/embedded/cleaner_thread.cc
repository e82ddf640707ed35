#include "log/embedded/cleaner_thread.h"

#include "log/base/log_line.h"

namespace weir::log::embedded {

namespace {
constexpr std::int64_t kPauseEveryMs = 50;  // of work at the bound
}

CleanerThread::CleanerThread(broker::Broker& broker, Options options)
    : broker_(broker), options_(options), cleaner_(broker.topics(), {}), parker_(broker.clock().make_parker()) {
  if (broker_.options().read_only) return;
  auto started = broker_.clock().start_thread("weir-cleaner", [this] { run(); });
  if (started) thread_ = *std::move(started);
  if (!started) started_ = fail(std::move(started).error());
}

CleanerThread::~CleanerThread() {
  is_stopped_ = true;
  parker_->unpark();
  thread_.reset();
}

void CleanerThread::run() {
  while (wait(options_.backoff)) {
    for (bool more = true; more;) {
      auto cleaned = cleaner_.clean_one(broker_.clock().wall_ms(), [this](std::size_t bytes) { return pace(bytes); });
      if (!cleaned && cleaned.error().code == ErrorCode::closed) return;
      if (!cleaned) log_line::warn("{}", cleaned.error().to_string());
      more = !cleaned || cleaned->has_value();  // after a failure another one may be due: the failed one rests
      if (cleaned && *cleaned) {
        log_line::debug("compacted {}: {} records gone, {} bytes of {} left", (*cleaned)->partition.to_string(),
                        (*cleaned)->records_removed, (*cleaned)->bytes_after, (*cleaned)->bytes_before);
      }
    }
  }
}

bool CleanerThread::pace(std::size_t bytes) {
  unpaid_ += bytes;
  const std::size_t allowed = options_.bytes_per_second * kPauseEveryMs / 1'000;
  if (unpaid_ < allowed) return !is_stopped_;
  const auto due_ms = static_cast<std::int64_t>(unpaid_ * 1'000 / options_.bytes_per_second);
  unpaid_ = 0;
  return wait(Millis(due_ms));
}

bool CleanerThread::wait(Millis time) {
  const std::int64_t end_ns = broker_.clock().deadline_ns(time);
  while (!is_stopped_ && parker_->park(end_ns)) continue;
  return !is_stopped_;
}

}  // namespace weir::log::embedded
