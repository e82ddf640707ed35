#include "cli/signals.h"

#include <unistd.h>

namespace weir::cli {

StopSignals::StopSignals() {
  ::sigemptyset(&signals_);
  ::sigaddset(&signals_, SIGINT);
  ::sigaddset(&signals_, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::thread([this] { wait_for_signals(); });
}

StopSignals::~StopSignals() {
  is_over_ = true;
  ::pthread_kill(thread_.native_handle(), SIGTERM);  // blocked, so it only ends the wait
  thread_.join();
  ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

void StopSignals::wait_for_signals() {
  for (;;) {
    int signal = 0;
    ::sigwait(&signals_, &signal);
    if (is_over_) return;
    if (stop_.stop_requested()) ::_exit(128 + signal);
    stop_.request_stop();
  }
}

}  // namespace weir::cli
