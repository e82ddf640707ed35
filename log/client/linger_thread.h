// LingerThread: the one thread that sends, for all producers of one Client, batches that have lingered for long enough
// while their owners were doing something else.
//
// The thread starts with the first producer that lingers. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <thread>
#include <vector>

#include "log/base/clock.h"
#include "log/base/mutex.h"
#include "log/base/result.h"

namespace weir::log {

class LingerThread {
 public:
  static constexpr std::int64_t kNever = 0x7fffffffffffffff;

  // Who has batches that linger.
  class Sender {
   public:
    virtual ~Sender() = default;
    // Sends what is due, and says when something will be (monotonic). Called on the thread.
    virtual std::int64_t send_due() = 0;
  };

  explicit LingerThread(Clock& clock) : clock_(clock) {}
  ~LingerThread();  // joins

  Result<> add(std::shared_ptr<Sender> sender) WEIR_EXCLUDES(mutex_);  // io_error: there is no thread
  // It may be called once more while this returns.
  void remove(const std::shared_ptr<Sender>& sender) WEIR_EXCLUDES(mutex_);
  // Something is due earlier than the senders said.
  void look() WEIR_EXCLUDES(mutex_);

 private:
  void run();
  std::int64_t send_all();
  void wait_until(std::int64_t next_ns) WEIR_EXCLUDES(mutex_);
  bool is_stopped() WEIR_EXCLUDES(mutex_);

  Clock& clock_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<Sender>> senders_ WEIR_GUARDED_BY(mutex_);  // shared: with their producers
  bool must_look_ WEIR_GUARDED_BY(mutex_) = false;
  bool is_stopped_ WEIR_GUARDED_BY(mutex_) = false;
  std::thread thread_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::log
