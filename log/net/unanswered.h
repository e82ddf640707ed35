// Requests that want no answer: Produce with acks=0. What went wrong can only be told by closing the connection.
#pragma once

#include <algorithm>

#include "log/wire/messages/produce.h"

namespace weir::log::net {

// Both: of the request, and the response, of the API.
inline bool wants_answer(wire::ApiKey api, const void* request) {
  return api != wire::ApiKey::produce || static_cast<const wire::ProduceRequest*>(request)->acks != 0;
}
inline bool is_error_told(wire::ApiKey api, const void* response) {
  if (api != wire::ApiKey::produce) return false;
  const auto& topics = static_cast<const wire::ProduceResponse*>(response)->responses;
  return std::ranges::any_of(topics, [](const auto& topic) {
    return std::ranges::any_of(topic.partition_responses,
                               [](const auto& partition) { return partition.error_code != ErrorCode::none; });
  });
}

}  // namespace weir::log::net
