// map_async: what its user writes and is handed.
//
//   stream.map_async(look_up, {.max_in_flight = 200, .timeout = 2s, .threads = 8})       a function that blocks
//   stream.map_async<Answer>([client](const Question& question, ws::AsyncResult<Answer> result) {
//     client->ask(question, [result](const Answer& answer) { result.complete(answer); });   one that answers later
//   })
//
// Records are worked on at the same time and go on in order. The callable runs again for records that are processed
// again after a crash, as that of every operator does.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/operators/async_node.h"
#include "streams/topology/error_policy.h"

namespace weir::streams {

struct AsyncOptions {
  std::string name = {};
  // When the callable throws, an error is given, or the time is over. Records that are tried again keep their place.
  std::optional<ErrorPolicy> on_error = {};
  ResultOrder order = ResultOrder::of_records;
  // Begun and not yet sent on, in each task; then the task takes no more records.
  std::size_t max_in_flight = 100;
  // Of one attempt, by the wall clock. A commit waits so long in the worst case, for each attempt that is made at once:
  // an App is not made if that might take longer than a transaction of the log may (60 s).
  Millis timeout{10'000};
  int threads = 4;  // of a function that blocks: over all tasks of the operator in this process
};

// An attempt with a record's value of its own; null is told apart by std::optional.
template <class V>
class AsyncCallOf final : public AsyncCall {
 public:
  AsyncCallOf(std::shared_ptr<AsyncInbox> inbox, std::uint64_t record) : AsyncCall(std::move(inbox), record) {}

  void complete(V value) {
    if (!claim()) return;
    value_.emplace(std::move(value));
    deliver();
  }
  const void* result() const override { return call::erased(*value_); }

 private:
  std::optional<V> value_;
};

// A promise of one record's result. Copies are the same promise; any thread may keep it, once: whatever comes after the
// first outcome, or after the time is over, is left out. If the last copy is gone without an outcome that is an error.
// The record's key and value, as the callable was handed them, live as long as a copy.
template <class V>
class AsyncResult {
 public:
  AsyncResult(std::shared_ptr<AsyncCallOf<V>> call, std::shared_ptr<const AsyncInput> input)
      : promise_(std::make_shared<const Promise>(std::move(call), std::move(input))) {}

  void complete(V value) const { promise_->call->complete(std::move(value)); }
  // What happens then is the operator's policy for errors.
  void fail(std::string reason) const { promise_->call->fail(std::move(reason)); }
  void fail(const std::exception_ptr& error) const {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& known) {
      fail(std::string(known.what()));
    } catch (...) {
      fail(std::string("an exception that is no std::exception"));
    }
  }

 private:
  struct Promise {
    Promise(std::shared_ptr<AsyncCallOf<V>> of, std::shared_ptr<const AsyncInput> about)
        : call(std::move(of)), input(std::move(about)) {}
    ~Promise() { call->fail("its AsyncResult was let go of without a result"); }

    std::shared_ptr<AsyncCallOf<V>> call;     // shared with the operator
    std::shared_ptr<const AsyncInput> input;  // the same
  };

  std::shared_ptr<const Promise> promise_;  // shared by copies
};

}  // namespace weir::streams
