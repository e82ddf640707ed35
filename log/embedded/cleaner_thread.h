// CleanerThread: the thread that compacts an embedded log's partitions, at most so many bytes a second.
#pragma once

#include <atomic>
#include <memory>

#include "log/broker/broker.h"
#include "log/broker/cleaner.h"

namespace weir::log::embedded {

class CleanerThread {
 public:
  struct Options {
    std::size_t bytes_per_second = 100 * 1024 * 1024;  // read and written
    Millis backoff{15'000};                            // between two looks when nothing was to be done
  };

  CleanerThread(broker::Broker& broker, Options options);
  const Result<>& started() const { return started_; }  // io_error: there is no thread
  ~CleanerThread();  // ends a compaction that is under way, which changes nothing then, and joins

 private:
  void run();
  // Holds the thread up so that the bound is kept. False: the end has come.
  bool pace(std::size_t bytes);
  bool wait(Millis time);  // false: the end has come

  broker::Broker& broker_;
  const Options options_;
  broker::Cleaner cleaner_;
  std::size_t unpaid_ = 0;  // bytes since the last pause
  std::unique_ptr<Parker> parker_;
  std::atomic<bool> is_stopped_ = false;
  Result<> started_;
  std::unique_ptr<Thread> thread_;
};

}  // namespace weir::log::embedded
