#include "log/server/broker_service.h"

#include "log/broker/handlers/handlers.h"
#include "log/server/broker_session.h"
#include "log/wire/dispatch.h"

namespace weir::log::server {

std::unique_ptr<net::Session> BrokerService::begin(net::Peer peer) {
  return std::make_unique<BrokerSession>(broker_, options_, policy_, meters_, std::move(peer));
}

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
