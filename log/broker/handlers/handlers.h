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
  // `request` is the API's request, which may be moved from, `response` its response; both live until the answer is
  // there.
  Later (*answer)(RequestContext context, void* request, void* response);
};

// By api, ascending.
std::span<const Handler> handlers();
// Null for an API that is not answered.
const Handler* find_handler(wire::ApiKey api);

}  // namespace weir::log::broker
