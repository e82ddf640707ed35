#include "log/base/signal_watch.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

#include <fcntl.h>
#include <unistd.h>

#include "log/base/assert.h"

namespace weir {

namespace {

// Who signals a process and its group means one end: timeout(1), a supervisor, a terminal and the shell in it.
constexpr std::int64_t kOneWishNs = 500'000'000;

std::atomic<int> write_end{-1};
std::atomic<std::int64_t> first_ns{0};  // when the first signal came; 0: none has
struct sigaction interrupt_before;
struct sigaction terminate_before;

// Only what may be called within a signal.
std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

extern "C" void weir_on_signal(int signal) {
  int saved = errno;
  const std::int64_t now = now_ns();
  std::int64_t first = 0;
  if (first_ns.compare_exchange_strong(first, now)) {
    char byte = static_cast<char>(signal);
    [[maybe_unused]] auto written = ::write(write_end.load(), &byte, 1);
  } else if (now - first >= kOneWishNs) {
    std::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  errno = saved;
}

}  // namespace

SignalWatch::SignalWatch(std::function<void()> on_signal) : on_signal_(std::move(on_signal)) {
  WEIR_ASSERT(write_end.load() == -1, "one SignalWatch at a time");
  WEIR_ASSERT(::pipe2(pipe_, O_CLOEXEC) == 0);
  thread_ = start_or_close();
  write_end = pipe_[1];
  first_ns = 0;
  struct sigaction action {};
  action.sa_handler = weir_on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &interrupt_before);
  sigaction(SIGTERM, &action, &terminate_before);
}

// Before anything of the process is changed: without a thread nothing is.
std::thread SignalWatch::start_or_close() {
  try {
    return std::thread([this] { watch(); });
  } catch (...) {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
    throw;
  }
}

SignalWatch::~SignalWatch() {
  sigaction(SIGINT, &interrupt_before, nullptr);
  sigaction(SIGTERM, &terminate_before, nullptr);
  char end = 0;
  [[maybe_unused]] auto written = ::write(pipe_[1], &end, 1);
  thread_.join();
  write_end = -1;
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

void SignalWatch::watch() {
  char byte = 0;
  while (true) {
    auto got = ::read(pipe_[0], &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || byte == 0) return;
    on_signal_();
  }
}

}  // namespace weir
