// SignalWatch: while it lives, SIGINT and SIGTERM call a function, on a thread of its own, instead of ending the
// process. Another one, half a second later or more, ends the process at once. One watch at a time.
#pragma once

#include <functional>
#include <thread>

namespace weir {

class SignalWatch {
 public:
  // std::system_error: there is no thread to be had; then nothing was changed.
  explicit SignalWatch(std::function<void()> on_signal);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::thread start_or_close();
  void watch();

  std::function<void()> on_signal_;
  int pipe_[2] = {-1, -1};  // written by the handler, read by the thread
  std::thread thread_;
};

}  // namespace weir
