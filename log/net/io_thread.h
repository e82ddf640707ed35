// IoThread: a thread that serves sockets, and what its connections share. For .cc files of this folder: it needs Asio.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "log/base/clock.h"

namespace weir::log::net {

class IoThread {
 public:
  static constexpr int kOneThread = 1;  // turns the context: so nothing of a connection needs a lock

  IoThread() : context_(kOneThread), work_(context_.get_executor()), scratch_(64 * 1024) {}

  // io_error: there is no thread.
  Result<> start(const std::string& name) {
    // Of the system's clock, whatever the log's is: it waits for sockets.
    WEIR_TRY_VAR(thread, SystemClock::instance().start_thread(name, [this] { context_.run(); }));
    thread_ = std::move(thread);
    return {};
  }
  // Ends the thread when nothing is left to wait for.
  void finish() { work_.reset(); }
  void join() { thread_.reset(); }

  boost::asio::io_context& context() { return context_; }
  std::span<char> scratch() { return scratch_; }  // of the thread

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<char> scratch_;
  std::unique_ptr<Thread> thread_;
};

}  // namespace weir::log::net
