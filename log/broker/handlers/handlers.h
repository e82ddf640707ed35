// The requests that a broker answers: one row an API. Adding an API is adding its function and its row.
#pragma once

#include <span>

#include "log/base/result.h"
#include "log/base/task.h"
#include "log/broker/handlers/context.h"
#include "log/wire/messages/api_key.h"

namespace weir::log::broker {

struct Handler {
  wire::ApiKey api;
  std::int16_t min_version;
  std::int16_t max_version;
  // One of the two. `request` is the API's request, which may be moved from, `response` its response.
  void (*answer_now)(RequestContext context, void* request, void* response) = nullptr;
  Task<Result<>> (*answer_later)(RequestContext context, void* request, void* response) = nullptr;
};

// By api, ascending.
std::span<const Handler> handlers();
// Null for an API that is not answered.
const Handler* find_handler(wire::ApiKey api);

}  // namespace weir::log::broker
