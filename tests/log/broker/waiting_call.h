// A request that may wait: started, and looked at from time to time.
#pragma once

#include <chrono>

#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {

template <class Request>
class Waiting {
 public:
  Waiting(TestBroker& broker, Request request, std::int16_t version = Request::kMaxVersion)
      : request_(std::move(request)),
        later_(find_handler(Request::kApiKey)->answer({*broker.broker, version, broker.loop}, &request_, &response_)),
        loop_(broker.loop) {
    if (later_) later_->start();
  }
  bool is_done() {
    while (later_ && !later_->done() && loop_.resume_ready(std::chrono::nanoseconds(0))) {
    }
    return !later_ || later_->done();
  }
  const typename Request::Response& response() {
    EXPECT_TRUE(is_done());
    return response_;
  }

 private:
  Request request_;
  typename Request::Response response_;
  Later later_;
  Loop& loop_;
};

}  // namespace weir::log::broker
