// AsyncCall: one attempt at one record of an asynchronous operator, from its start to its one outcome; AsyncInbox:
// where outcomes wait for the operator's thread.
//
// A call is settled once, by any thread: what comes second (an answer behind its time-out, an error behind a value) is
// left out. What was written to a call before it was settled is seen by whoever takes it from the inbox. A call may
// outlive its operator: then nobody takes it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/base/mutex.h"
#include "streams/operators/result_signal.h"

namespace weir::streams {

class AsyncInbox;

// A record's key and value, copied: they live as long as the record waits, or anyone works on it.
class AsyncInput {
 public:
  virtual ~AsyncInput() = default;
  virtual const void* key() const = 0;
  virtual const void* value() const = 0;
};

class AsyncCall : public std::enable_shared_from_this<AsyncCall> {
 public:
  virtual ~AsyncCall() = default;
  AsyncCall(const AsyncCall&) = delete;
  AsyncCall& operator=(const AsyncCall&) = delete;

  void fail(std::string reason);

  // --- for whoever took it from the inbox ---
  std::uint64_t record() const { return record_; }
  const std::optional<std::string>& error() const { return error_; }
  virtual const void* result() const = 0;  // where there is no error; null: the value is null

 protected:
  // `record` is the operator's number for it.
  AsyncCall(std::shared_ptr<AsyncInbox> inbox, std::uint64_t record) : inbox_(std::move(inbox)), record_(record) {}

  // True for the first only, who then sets the outcome and delivers it.
  bool claim() { return !is_settled_.exchange(true); }
  void deliver();

 private:
  const std::shared_ptr<AsyncInbox> inbox_;  // shared with the operator
  const std::uint64_t record_;
  std::atomic<bool> is_settled_{false};
  std::optional<std::string> error_;
};

class AsyncInbox {
 public:
  explicit AsyncInbox(std::shared_ptr<ResultSignal> signal) : signal_(std::move(signal)) {}

  void put(std::shared_ptr<AsyncCall> settled) WEIR_EXCLUDES(mutex_);
  std::vector<std::shared_ptr<AsyncCall>> take() WEIR_EXCLUDES(mutex_);
  bool is_empty() const WEIR_EXCLUDES(mutex_);
  // Nobody will take anything any more.
  void close() WEIR_EXCLUDES(mutex_);

 private:
  const std::shared_ptr<ResultSignal> signal_;  // shared with the task's thread
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<AsyncCall>> settled_ WEIR_GUARDED_BY(mutex_);
  bool is_closed_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::streams
