// Frames: what goes over a socket: a 4-byte big-endian size of the rest, a header, and the body of a message.
//
// The header is the newer one exactly where the body's version is flexible; but the response to ApiVersions always has
// the oldest, because its reader may not know yet what the broker speaks.
#pragma once

#include <cstdint>
#include <optional>

#include "log/wire/message.h"
#include "log/wire/messages/headers.h"

namespace weir::log::wire {

inline constexpr std::size_t kFrameSizeBytes = 4;

constexpr std::int16_t request_header_version(std::int16_t version, std::int16_t first_flexible) {
  return version >= first_flexible ? 2 : 1;
}
constexpr std::int16_t response_header_version(ApiKey api, std::int16_t version, std::int16_t first_flexible) {
  return version >= first_flexible && api != ApiKey::api_versions ? 1 : 0;
}

// How many bytes the frame takes that `received` begins with, its size field included; nullopt if that is not known
// yet. corrupt_message: the size is negative or above `max_bytes`, and the connection cannot go on.
Result<std::optional<std::size_t>> frame_size(Bytes received, std::size_t max_bytes);

// Whole frames, size field included.
template <class Request>
Result<OwnedBytes> request_frame(const Request& request, std::int16_t version, std::int32_t correlation_id,
                                 std::optional<std::string> client_id);
template <class Response>
Result<OwnedBytes> response_frame(const Response& response, std::int16_t version, std::int32_t correlation_id);

// A frame's header and its body, which shares the frame. `frame` is what follows the size field.
struct RequestFrame {
  RequestHeader header;
  SharedBytes body;
};
Result<RequestFrame> parse_request_frame(const SharedBytes& frame);  // unsupported_version: an unknown API

struct ResponseFrame {
  ResponseHeader header;
  SharedBytes body;
};
Result<ResponseFrame> parse_response_frame(const SharedBytes& frame, std::int16_t header_version);

namespace frame_detail {

void put_size(OwnedBytes& frame);  // into its first four bytes

template <class Header, class Body>
Result<OwnedBytes> frame_of(const Header& header, std::int16_t header_version, const Body& body, std::int16_t version) {
  OwnedBytes frame(kFrameSizeBytes, '\0');
  MessageWriter out(frame);
  WEIR_TRY(encode(header, header_version, out));
  WEIR_TRY(encode(body, version, out));
  put_size(frame);
  return frame;
}

}  // namespace frame_detail

template <class Request>
Result<OwnedBytes> request_frame(const Request& request, std::int16_t version, std::int32_t correlation_id,
                                 std::optional<std::string> client_id) {
  RequestHeader header{Request::kApiKey, version, correlation_id, std::move(client_id)};
  return frame_detail::frame_of(header, request_header_version(version, Request::kFirstFlexibleVersion), request,
                                version);
}

template <class Response>
Result<OwnedBytes> response_frame(const Response& response, std::int16_t version, std::int32_t correlation_id) {
  auto header_version = response_header_version(Response::kApiKey, version, Response::kFirstFlexibleVersion);
  return frame_detail::frame_of(ResponseHeader{correlation_id}, header_version, response, version);
}

}  // namespace weir::log::wire
