// call_every_broker: the same question to all brokers, for what each of them knows a part of.
#pragma once

#include <string>
#include <vector>

#include "log/client/repeated_call.h"
#include "log/wire/messages/metadata.h"

namespace weir::log {

template <class Request>
Task<Result<std::vector<typename Request::Response>>> call_every_broker(Connection& connection, Request request) {
  wire::MetadataRequest metadata;  // no topics: only which brokers there are
  WEIR_CO_TRY_VAR(known, co_await call_repeatedly(connection, kAnyNode, std::move(metadata)));
  std::vector<typename Request::Response> responses;
  for (const auto& broker : known.brokers) {
    WEIR_CO_TRY_VAR(response, co_await call_repeatedly(connection, broker.node_id, request));
    if (response.error_code != ErrorCode::none) {
      co_return fail(response.error_code, "broker " + std::to_string(broker.node_id.value()));
    }
    responses.push_back(std::move(response));
  }
  co_return responses;
}

}  // namespace weir::log
