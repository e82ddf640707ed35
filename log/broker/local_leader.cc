#include "log/broker/local_leader.h"

namespace weir::log::broker {

Task<Result<>> LocalLeader::call_erased(NodeId, wire::ApiKey api, void* request, void* response, Executor& executor) {
  using Request = wire::WriteTxnMarkersRequest;
  if (api != Request::kApiKey) {
    co_return fail(ErrorCode::unsupported_version, "api " + std::to_string(static_cast<int>(api)));
  }
  *static_cast<Request::Response*>(response) =
      co_await markers_.write(std::move(*static_cast<Request*>(request)), executor);
  co_return Result<>{};
}

}  // namespace weir::log::broker
