#include "log/embedded/transport.h"

#include "log/broker/handlers/handlers.h"

namespace weir::log::embedded {

Task<Result<>> EmbeddedTransport::call_erased(NodeId, wire::ApiKey api, void* request, void* response,
                                              Executor& executor) {
  const broker::Handler* handler = broker::find_handler(api);
  if (handler == nullptr) {
    co_return fail(ErrorCode::unsupported_version, "api " + std::to_string(static_cast<int>(api)));
  }
  const broker::RequestContext context{*broker_, handler->max_version, executor};
  if (auto later = handler->answer(context, request, response)) co_return co_await *std::move(later);
  co_return Result<>{};
}

}  // namespace weir::log::embedded
