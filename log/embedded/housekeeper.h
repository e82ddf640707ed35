// Housekeeper: the thread of an embedded log for what is due by the clock: it calls Broker::run_due when it is time.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "log/broker/broker.h"

namespace weir::log::embedded {

class Housekeeper {
 public:
  explicit Housekeeper(broker::Broker& broker);
  ~Housekeeper();                                       // joins; the broker must still be there
  const Result<>& started() const { return started_; }  // io_error: there is no thread

 private:
  void run();

  broker::Broker& broker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopped_ = false;   // guarded by mutex_
  bool has_earlier_ = false;  // a deadline was set that comes before the one waited for; guarded by mutex_
  Result<> started_;
  std::thread thread_;
};

}  // namespace weir::log::embedded
