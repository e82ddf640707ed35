// call_coordinator: one request to the coordinator of a group or transactional id, again and elsewhere while errors say
// that this helps, until it is answered or the connection's time is over.
//
// Only for requests that may be repeated: the coordinator may have done what was asked before the answer was lost.
#pragma once

#include <string>

#include "log/client/cluster_view.h"
#include "log/client/cure.h"

namespace weir::log {

// `outcome_of` finds the error in a response (none: there is none) and says which part of it is concerned. An error
// that is about topics is an answer: whether they are there is for the caller to find out. The last error is handed on
// when the time is over; if that came from the transport, the request may have been done.
template <class Request>
Task<Result<typename Request::Response>> call_coordinator(Connection& connection, ClusterView& view,
                                                          wire::CoordinatorType type, std::string key, Request request,
                                                          Error (*outcome_of)(const typename Request::Response&)) {
  Retry retry = connection.retry();
  for (;;) {
    WEIR_CO_TRY_VAR(node, co_await view.coordinator(type, key));
    auto response = co_await connection.call(node, request);
    Error error = response ? outcome_of(*response) : response.error();
    if (response && error.code == ErrorCode::none) co_return response;
    Cure cure = cure_of(error.code);
    if (!response || cure == Cure::new_coordinator) view.forget_coordinator(type, key);
    bool is_answer = cure == Cure::none || (response && cure == Cure::new_metadata);
    if (!co_await retry.again_if(!is_answer)) co_return fail(std::move(error));
  }
}

}  // namespace weir::log
