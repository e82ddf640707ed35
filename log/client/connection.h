// Connection: what one producer, consumer or admin calls brokers with: the transport, its own loop, and how long it
// keeps trying. Retry: the pauses between one try and the next.
//
// One owner thread, which turns the loop.
#pragma once

#include <algorithm>
#include <memory>

#include "log/base/clock.h"
#include "log/base/executor.h"
#include "log/wire/transport.h"

namespace weir::log {

// Made when an operation starts; asked after each failure.
class Retry {
 public:
  Retry(Clock& clock, Millis at_most) : clock_(clock), deadline_ns_(clock.deadline_ns(at_most)) {}

  // Pauses, longer each time, and says whether to try again; false once the time is over.
  bool again() {
    if (clock_.monotonic_ns() >= deadline_ns_) return false;
    clock_.pause(pause_);
    pause_ = std::min(pause_ * 2, kLongestPause);
    return true;
  }

 private:
  static constexpr Millis kLongestPause{100};

  Clock& clock_;
  std::int64_t deadline_ns_;
  Millis pause_{1};
};

struct Connection {
  std::shared_ptr<Transport> transport;  // shared: clients of a log may outlive the Client they came from
  Clock& clock;
  Millis timeout;  // of one operation with all its tries
  Loop loop{};

  Retry retry() { return Retry(clock, timeout); }

  template <class Request>
  Task<Result<typename Request::Response>> call(NodeId node, Request request) {
    return transport->call(node, std::move(request), loop);
  }
};

}  // namespace weir::log
