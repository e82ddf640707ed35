// Messages whose API is known at run time only: one row an API, with what there is to do with its request and its
// response. A server goes frame -> request -> handler -> response -> frame with it, a client the other way.
//
//     const ApiOps* api = find_api_ops(header.api_key);            // null: nobody knows such an API
//     OwnedMessage request = api->request.make();
//     WEIR_TRY(decode_body(api->request, request.get(), header.version, frame.body));
//     OwnedMessage response = api->response.make();
//     ... handler(request.get(), response.get()) ...
//     WEIR_TRY_VAR(frame, response_frame(*api, response.get(), header.version, header.correlation_id));
//
// The rows are made of the generated list of messages (messages/every_message.h). Immutable, so thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "log/base/result.h"
#include "log/wire/gathered.h"
#include "log/wire/messages/api_key.h"

namespace weir::log::wire {

class MessageReader;
class MessageWriter;

using OwnedMessage = std::unique_ptr<void, void (*)(void*)>;

// Of one type of message. A `message` is one of that type.
struct MessageOps {
  OwnedMessage (*make)();  // at its defaults
  // unsupported_version, invalid_argument: see MessageWriter.
  Result<> (*encode)(const void* message, std::int16_t version, MessageWriter& out);
  // Into one at its defaults. unsupported_version, truncated, corrupt_message.
  Result<> (*decode)(void* message, std::int16_t version, MessageReader& in);
};

struct ApiOps {
  ApiKey api;
  std::string_view name;  // as in Kafka: "EndTxn"
  std::int16_t min_version;
  std::int16_t max_version;
  std::int16_t first_flexible_version;
  MessageOps request;
  MessageOps response;
};

// By api, ascending.
std::span<const ApiOps> all_api_ops();
// Null for an API that is not known. Takes a few nanoseconds.
const ApiOps* find_api_ops(ApiKey api);

// Whole frames, size field included; the records that they carry are shared, if they are long.
Result<GatheredBytes> request_frame(const ApiOps& api, const void* request, std::int16_t version,
                                    std::int32_t correlation_id, const std::optional<std::string>& client_id);
Result<GatheredBytes> response_frame(const ApiOps& api, const void* response, std::int16_t version,
                                     std::int32_t correlation_id);

// What follows a frame's header, all of it: corrupt_message if there is more than the message. Records stay slices of
// `body`.
Result<> decode_body(const MessageOps& ops, void* message, std::int16_t version, const SharedBytes& body);

}  // namespace weir::log::wire
