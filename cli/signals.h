// StopSignals: SIGINT and SIGTERM as a stop token, for commands that run until told to stop. To be made before any
// other thread: the signals are blocked in those that are made later, and taken by a thread of its own. A second signal
// ends the process at once.
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include <signal.h>

namespace weir::cli {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool was_signalled() const { return stop_.stop_requested(); }

 private:
  void wait_for_signals();

  sigset_t signals_;
  std::stop_source stop_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace weir::cli
