#include "log/wire/dispatch.h"

#include <limits>
#include <vector>

#include "log/wire/frame.h"
#include "log/wire/messages/every_message.h"

namespace weir::log::wire {

namespace {

template <class Message>
MessageOps ops_of() {
  return {[] { return OwnedMessage(new Message(), [](void* message) { delete static_cast<Message*>(message); }); },
          [](const void* message, std::int16_t version, MessageWriter& out) {
            return encode(*static_cast<const Message*>(message), version, out);
          },
          [](void* message, std::int16_t version, MessageReader& in) {
            return decode(*static_cast<Message*>(message), version, in);
          }};
}

struct AddRow {
  std::vector<ApiOps>& rows;
  const ApiRow& row;

  template <class Request>
  void operator()() const {
    rows.push_back({row.key, row.name, row.min_version, row.max_version, row.first_flexible_version, ops_of<Request>(),
                    ops_of<typename Request::Response>()});
  }
};

// Rows by api, and where each is.
struct Table {
  std::vector<ApiOps> rows;
  std::vector<const ApiOps*> by_key;

  Table() {
    for (const auto& row : kApis) with_request_type(row.key, AddRow{rows, row});
    for (const auto& row : rows) {
      by_key.resize(static_cast<std::size_t>(row.api) + 1, nullptr);
      by_key.back() = &row;
    }
  }
};

const Table& table() {
  static const Table all;
  return all;
}

template <class Header>
Result<GatheredBytes> gathered_frame(const Header& header, std::int16_t header_version, const MessageOps& ops,
                                     const void* message, std::int16_t version) {
  GatheredBytes frame;
  MessageWriter out(frame);
  out.int32(0);  // the size, which is known at the end
  WEIR_TRY(encode(header, header_version, out));
  WEIR_TRY(ops.encode(message, version, out));
  const std::size_t size = frame.size_bytes() - kFrameSizeBytes;
  if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return fail(ErrorCode::invalid_argument, "a frame of " + std::to_string(size) + " bytes");
  }
  store_big_endian(frame.own.data(), static_cast<std::int32_t>(size));
  return frame;
}

}  // namespace

std::span<const ApiOps> all_api_ops() {
  return table().rows;
}

const ApiOps* find_api_ops(ApiKey api) {
  const auto& by_key = table().by_key;
  const auto at = static_cast<std::size_t>(static_cast<std::uint16_t>(api));
  return at < by_key.size() ? by_key[at] : nullptr;
}

Result<GatheredBytes> request_frame(const ApiOps& api, const void* request, std::int16_t version,
                                    std::int32_t correlation_id, const std::optional<std::string>& client_id) {
  return gathered_frame(RequestHeader{api.api, version, correlation_id, client_id},
                        request_header_version(version, api.first_flexible_version), api.request, request, version);
}

Result<GatheredBytes> response_frame(const ApiOps& api, const void* response, std::int16_t version,
                                     std::int32_t correlation_id) {
  return gathered_frame(ResponseHeader{correlation_id},
                        response_header_version(api.api, version, api.first_flexible_version), api.response, response,
                        version);
}

Result<> decode_body(const MessageOps& ops, void* message, std::int16_t version, const SharedBytes& body) {
  MessageReader in(body);
  WEIR_TRY(ops.decode(message, version, in));
  if (in.at_end()) return {};
  return fail(ErrorCode::corrupt_message, std::to_string(in.remaining()) + " bytes behind the message's end");
}

}  // namespace weir::log::wire
