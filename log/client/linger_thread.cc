#include "log/client/linger_thread.h"

#include <algorithm>

#include "log/base/start_thread.h"

namespace weir::log {

namespace {

// A clock that is moved by hand does not wake anybody: look again after this time at the latest.
constexpr std::int64_t kLookAgainNs = 20'000'000;
constexpr std::int64_t kIdleNs = 1'000'000'000;

}  // namespace

LingerThread::~LingerThread() {
  std::thread thread;
  {
    MutexLock lock(mutex_);
    is_stopped_ = true;
    thread = std::move(thread_);
  }
  look();
  if (thread.joinable()) thread.join();
}

Result<> LingerThread::add(std::shared_ptr<Sender> sender) {
  MutexLock lock(mutex_);
  if (!thread_.joinable()) {
    WEIR_TRY_VAR(started, start_thread([this] { run(); }));
    thread_ = std::move(started);
  }
  senders_.push_back(std::move(sender));
  return {};
}

void LingerThread::remove(const std::shared_ptr<Sender>& sender) {
  MutexLock lock(mutex_);
  std::erase(senders_, sender);
}

void LingerThread::look() {
  MutexLock lock(mutex_);
  must_look_ = true;
  changed_.notify_one();
}

bool LingerThread::is_stopped() {
  MutexLock lock(mutex_);
  return is_stopped_;
}

void LingerThread::run() {
  while (!is_stopped()) wait_until(send_all());
}

std::int64_t LingerThread::send_all() {
  std::vector<std::shared_ptr<Sender>> senders;
  {
    MutexLock lock(mutex_);
    must_look_ = false;
    senders = senders_;
  }
  std::int64_t next_ns = kNever;
  for (const auto& sender : senders) next_ns = std::min(next_ns, sender->send_due());
  return next_ns;
}

void LingerThread::wait_until(std::int64_t next_ns) {
  const bool by_system_clock = &clock_ == &SystemClock::instance();
  const std::int64_t longest_ns = by_system_clock ? kIdleNs : kLookAgainNs;
  const std::int64_t now_ns = clock_.monotonic_ns();
  const std::int64_t wait_ns =
      next_ns == kNever ? longest_ns : std::clamp<std::int64_t>(next_ns - now_ns, 0, longest_ns);
  MutexLock lock(mutex_);
  if (!must_look_) changed_.wait_for(mutex_, std::chrono::nanoseconds(wait_ns));
}

}  // namespace weir::log
