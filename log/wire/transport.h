// Transport: the seam between clients and brokers: a typed request to a node, its typed response back.
//
// Embedded, the request is handed to the broker's handler as it is; remote, it is encoded onto a socket; simulated, it
// is delayed, dropped and reordered. Clients cannot tell. A response that came says in its own error codes what the
// broker thinks of the request; the Result around it says why there is no response: timed_out (nothing is known of the
// request's effect), closed, io_error.
//
// Thread-safe. A call that can be answered at once is answered on the caller's thread; one that waits is resumed by
// `executor`. A task that is destroyed while it waits takes the call back: nothing of it is touched any more, and what
// became of the request is not known.
#pragma once

#include "log/base/executor.h"
#include "log/base/result.h"
#include "log/base/task.h"
#include "log/model/ids.h"
#include "log/wire/messages/api_key.h"

namespace weir::log {

inline constexpr NodeId kAnyNode{-1};  // whichever broker can be reached: what a client knows before its first Metadata

class Transport {
 public:
  virtual ~Transport() = default;

  template <class Request>
  Task<Result<typename Request::Response>> call(NodeId node, Request request, Executor& executor) {
    typename Request::Response response;
    WEIR_CO_TRY(co_await call_erased(node, Request::kApiKey, &request, &response, executor));
    co_return response;
  }

  // Does an answer take its time, so that who knows what it will want next does well to ask ahead?
  virtual bool takes_time() const { return false; }

 protected:
  // `request` is the request struct of `api`, `response` its Response at its defaults; both live until the task ends.
  // The request may be moved from.
  virtual Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                                     Executor& executor) = 0;
};

}  // namespace weir::log
