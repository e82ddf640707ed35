#include "log/broker/jobs.h"

#include <utility>

namespace weir::log::broker {

void Jobs::post(std::function<void()> job) {
  if (pool_ == nullptr) return job();
  {
    MutexLock lock(mutex_);
    waiting_.push_back(std::move(job));
    if (std::exchange(is_running_, true)) return;
  }
  pool_->post([this] { run(); });
}

void Jobs::run() {
  for (;;) {
    std::function<void()> job;
    {
      MutexLock lock(mutex_);
      is_running_ = !waiting_.empty();
      if (!is_running_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    job();
  }
}

}  // namespace weir::log::broker
