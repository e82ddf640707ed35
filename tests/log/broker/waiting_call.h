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
        task_(find_handler(Request::kApiKey)
                  ->answer_later({*broker.broker, version, broker.loop}, &request_, &response_)),
        loop_(broker.loop) {
    task_.start();
  }
  bool is_done() {
    while (!task_.done() && loop_.resume_ready(std::chrono::nanoseconds(0))) {
    }
    return task_.done();
  }
  const typename Request::Response& response() {
    EXPECT_TRUE(is_done());
    return response_;
  }

 private:
  Request request_;
  typename Request::Response response_;
  Task<Result<>> task_;
  Loop& loop_;
};

}  // namespace weir::log::broker
