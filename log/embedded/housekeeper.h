// Housekeeper: an embedded log's work for what is due by the clock: it calls Broker::run_due when it is time.
#pragma once

#include "log/base/runner.h"
#include "log/broker/broker.h"

namespace weir::log::embedded {

class Housekeeper final : private Runner::Work {
 public:
  Housekeeper(broker::Broker& broker, Runner& runner);
  ~Housekeeper() override { runner_.remove(*this); }    // the broker must still be there
  const Result<>& started() const { return started_; }  // io_error: there is no thread

 private:
  std::int64_t step(std::int64_t) override { return broker_.run_due(); }

  broker::Broker& broker_;
  Runner& runner_;
  Result<> started_;
};

}  // namespace weir::log::embedded
