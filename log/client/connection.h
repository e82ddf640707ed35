// Connection: what one producer, consumer or admin calls brokers with: the transport, its own loop, and how long it
// keeps trying. Retry: the pauses between one try and the next.
//
// One owner thread, which turns the loop.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "log/base/clock.h"
#include "log/base/executor.h"
#include "log/wire/transport.h"

namespace weir::log {

// Made when an operation starts; asked after each failure.
class Retry {
 public:
  Retry(Loop& loop, Clock& clock, Millis at_most)
      : loop_(loop), clock_(clock), deadline_ns_(clock.deadline_ns(at_most)) {}

  // How long to pause before the next try, longer each time; nullopt once the time is over.
  std::optional<Millis> next_pause() {
    if (clock_.monotonic_ns() >= deadline_ns_) return std::nullopt;
    return std::exchange(pause_, std::min(pause_ * 2, kLongestPause));
  }

  // Pauses, and says whether to try again: not where that does not help, nor once the time is over. Other calls of the
  // loop go on meanwhile.
  Task<bool> again_if(bool helps) {
    const auto time = helps ? next_pause() : std::nullopt;
    if (time) co_await loop_.pause(*time);
    co_return time.has_value();
  }
  Task<bool> again() { return again_if(true); }

 private:
  static constexpr Millis kLongestPause{100};

  Loop& loop_;
  Clock& clock_;
  std::int64_t deadline_ns_;
  Millis pause_{1};
};

struct Connection {
  std::shared_ptr<Transport> transport;  // shared: clients of a log may outlive the Client they came from
  Clock& clock;
  Millis timeout;  // of one operation with all its tries
  Loop loop{clock};
  // Calls without an answer. Brokers may have been started anew since: what is known of them is of before.
  std::int64_t interruptions = 0;

  Retry retry() { return {loop, clock, timeout}; }

  template <class Request>
  Task<Result<typename Request::Response>> call(NodeId node, Request request) {
    auto response = co_await transport->call(node, std::move(request), loop);
    if (!response) ++interruptions;
    co_return response;
  }
};

}  // namespace weir::log
