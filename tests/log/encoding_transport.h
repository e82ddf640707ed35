// EncodingTransport: a way to a broker in this process over which everything goes as bytes, in the versions of another
// broker: what is between client and server but the socket.
#pragma once

#include <memory>
#include <string>

#include "log/broker/handlers/handlers.h"
#include "log/wire/client_apis.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"
#include "log/wire/transport.h"
#include "tests/log/kafka_releases.h"

namespace weir::log {

class EncodingTransport final : public Transport {
 public:
  // `release`: see versions_of. `keep` keeps the broker.
  EncodingTransport(broker::Broker& broker, std::shared_ptr<void> keep, std::string release)
      : broker_(broker), keep_(std::move(keep)), release_(std::move(release)) {}

 protected:
  Task<Result<>> call_erased(NodeId, wire::ApiKey api, void* request, void* response, Executor& executor) override {
    const auto* row = wire::find_client_api(api);
    const auto range = versions_of(release_, api);
    if (row == nullptr || !range)
      co_return fail(ErrorCode::unsupported_version, std::string(wire::find_api(api)->name));
    WEIR_CO_TRY_VAR(version, wire::version_between(*row, request, range->min, range->max));
    if (row->fit != nullptr) WEIR_CO_TRY(row->fit(request, version));
    const auto& ops = *wire::find_api_ops(api);
    WEIR_CO_TRY_VAR(sent, wire::request_frame(ops, request, version, 1, "client"));

    // The broker's side.
    WEIR_CO_TRY_VAR(frame, wire::parse_request_frame(behind_size(sent)));
    wire::OwnedMessage asked = ops.request.make();
    WEIR_CO_TRY(wire::decode_body(ops.request, asked.get(), frame.header.request_api_version, frame.body));
    wire::OwnedMessage answer = ops.response.make();
    const broker::RequestContext context{broker_, version, executor, "client", "here"};
    const broker::Handler* handler = broker::find_handler(api);
    if (auto later = handler->answer(context, asked.get(), answer.get())) WEIR_CO_TRY(co_await *std::move(later));
    WEIR_CO_TRY_VAR(answered, wire::response_frame(ops, answer.get(), version, 1));

    const auto header_version = wire::response_header_version(api, version, ops.first_flexible_version);
    WEIR_CO_TRY_VAR(back, wire::parse_response_frame(behind_size(answered), header_version));
    WEIR_CO_TRY(wire::decode_body(ops.response, response, version, back.body));
    if (row->lift != nullptr) row->lift(request, response, version);
    co_return Result<>{};
  }

 private:
  static SharedBytes behind_size(const wire::GatheredBytes& frame) {
    return SharedBytes::take(frame.flat()).slice(wire::kFrameSizeBytes);
  }

  broker::Broker& broker_;
  const std::shared_ptr<void> keep_;
  const std::string release_;
};

}  // namespace weir::log
