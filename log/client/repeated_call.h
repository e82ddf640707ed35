// call_repeatedly: one request that may be asked twice, to a node or to anybody, again while no answer comes and that
// may pass, until the connection's time is over.
#pragma once

#include "log/client/connection.h"
#include "log/client/cure.h"

namespace weir::log {

// What an answer says of the request is for the caller.
template <class Request>
Task<Result<typename Request::Response>> call_repeatedly(Connection& connection, NodeId node, Request request) {
  Retry retry = connection.retry();
  for (;;) {
    auto response = co_await connection.call(node, request);
    if (response) co_return response;
    if (!co_await retry.again_if(cure_of(response.error().code) != Cure::none)) co_return response;
  }
}

}  // namespace weir::log
