#include "log/base/clock.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include <pthread.h>

namespace weir {

namespace {

// What is on its way to be woken costs whoever wakes it one exchange; the lock is taken only where somebody sleeps.
class SystemParker final : public Parker {
 public:
  explicit SystemParker(const Clock& clock) : clock_(clock) {}

  bool park(std::int64_t deadline_ns) override {
    if (state_.exchange(State::idle) == State::permitted) return true;
    const bool has_end = deadline_ns != kNever;
    if (has_end && clock_.monotonic_ns() >= deadline_ns) return false;
    std::unique_lock lock(mutex_);
    State before = State::idle;
    if (state_.compare_exchange_strong(before, State::parked)) {
      while (state_.load() == State::parked) {
        if (!has_end) {
          unparked_.wait(lock);
          continue;
        }
        const std::int64_t left_ns = deadline_ns - clock_.monotonic_ns();
        if (left_ns <= 0) break;
        unparked_.wait_for(lock, std::chrono::nanoseconds(std::min(left_ns, kLongestSleepNs)));
      }
    }
    return state_.exchange(State::idle) == State::permitted;
  }

  void unpark() override {
    if (state_.exchange(State::permitted) != State::parked) return;
    std::lock_guard lock(mutex_);
    unparked_.notify_one();
  }

 private:
  enum class State { idle, parked, permitted };
  static constexpr std::int64_t kLongestSleepNs = 86'400'000'000'000;  // a sum with the time that it is now must fit

  const Clock& clock_;
  std::atomic<State> state_ = State::idle;
  std::mutex mutex_;
  std::condition_variable unparked_;
};

class SystemThread final : public Thread {
 public:
  explicit SystemThread(std::thread thread) : thread_(std::move(thread)) {}
  ~SystemThread() override { thread_.join(); }

 private:
  std::thread thread_;
};

Result<std::unique_ptr<Thread>> start_system_thread(const std::string& name, std::function<void()> work) {
  constexpr std::size_t kLongestName = 15;
  try {
    std::thread thread(std::move(work));
    (void)pthread_setname_np(thread.native_handle(), name.substr(0, kLongestName).c_str());
    return std::make_unique<SystemThread>(std::move(thread));
  } catch (const std::system_error& error) {
    return fail(ErrorCode::io_error, "no thread can be started for " + name + ": " + error.what());
  }
}

// Of the calling thread: the clock that started it, if one did that has to know.
thread_local const Clock* started_by = nullptr;

}  // namespace

std::unique_ptr<Parker> Clock::make_parker() {
  return std::make_unique<SystemParker>(*this);
}

Result<std::unique_ptr<Thread>> Clock::start_thread(const std::string& name, std::function<void()> work) {
  return start_system_thread(name, std::move(work));
}

// the system's ----------------------------------------------------------------------------------------------------

std::int64_t SystemClock::wall_ms() const {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::monotonic_ns() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

SystemClock& SystemClock::instance() {
  static SystemClock clock;
  return clock;
}

// moved by hand ---------------------------------------------------------------------------------------------------

class ManualClock::ManualParker final : public Parker {
 public:
  explicit ManualParker(ManualClock& clock) : clock_(clock) {}

  bool park(std::int64_t deadline_ns) override {
    std::unique_lock lock(clock_.mutex_);
    deadline_ns_ = deadline_ns;
    const bool moves = started_by != &clock_ && deadline_ns != kNever;
    if (!moves) return wait(lock);
    clock_.wait_for_threads(lock);
    constexpr std::int64_t kMs = 1'000'000;
    if (has_to_wait()) clock_.move_to(deadline_ns / kMs + (deadline_ns % kMs == 0 ? 0 : 1), lock);
    return std::exchange(is_permitted_, false);
  }

  void unpark() override {
    std::lock_guard lock(clock_.mutex_);
    is_permitted_ = true;
    clock_.changed_.notify_all();
  }

  bool has_to_wait() const { return !is_permitted_ && clock_.monotonic_ns() < deadline_ns_; }

 private:
  bool wait(std::unique_lock<std::mutex>& lock) {
    if (started_by == &clock_) clock_.waiting_.push_back(this);
    clock_.changed_.notify_all();
    clock_.changed_.wait(lock, [this] { return !has_to_wait(); });
    std::erase(clock_.waiting_, this);
    return std::exchange(is_permitted_, false);
  }

  ManualClock& clock_;
  bool is_permitted_ = false;
  std::int64_t deadline_ns_ = kNever;
};

std::unique_ptr<Parker> ManualClock::make_parker() {
  return std::make_unique<ManualParker>(*this);
}

Result<std::unique_ptr<Thread>> ManualClock::start_thread(const std::string& name, std::function<void()> work) {
  auto count = [this](int by) {
    std::lock_guard lock(mutex_);
    threads_ += by;
    changed_.notify_all();
  };
  count(1);
  auto started = start_system_thread(name, [this, count, work = std::move(work)] {
    started_by = this;
    work();
    count(-1);
  });
  if (!started) count(-1);
  return started;
}

void ManualClock::advance(Millis by) {
  std::unique_lock lock(mutex_);
  wait_for_threads(lock);
  move_to(now_ms_ + by.count(), lock);
}

void ManualClock::move_to(std::int64_t time_ms, std::unique_lock<std::mutex>& lock) {
  now_ms_ = time_ms;
  changed_.notify_all();
  wait_for_threads(lock);
}

void ManualClock::wait_for_threads(std::unique_lock<std::mutex>& lock) {
  if (started_by == this) return;
  changed_.wait(lock, [this] {
    return static_cast<std::size_t>(threads_) == waiting_.size() &&
           std::all_of(waiting_.begin(), waiting_.end(), [](const ManualParker* one) { return one->has_to_wait(); });
  });
}

}  // namespace weir
