#include "log/server/broker_service.h"

#include "log/broker/handlers/handlers.h"

namespace weir::log::server {

std::optional<net::Versions> BrokerService::versions(wire::ApiKey api) const {
  const broker::Handler* handler = broker::find_handler(api);
  if (handler == nullptr) return std::nullopt;
  return net::Versions{handler->min_version, handler->max_version};
}

std::optional<Task<Result<>>> BrokerService::answer(const net::Call& call, void* request, void* response) {
  const broker::RequestContext context{broker_,        call.version,     call.executor,
                                       call.client_id, call.client_host, &call.here};
  return broker::find_handler(call.api)->answer(context, request, response);
}

}  // namespace weir::log::server
