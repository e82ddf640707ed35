#include "log/wire/frame.h"

namespace weir::log::wire {

Result<std::optional<std::size_t>> frame_size(Bytes received, std::size_t max_bytes) {
  if (received.size() < kFrameSizeBytes) return std::nullopt;
  auto size = load_big_endian<std::int32_t>(received.data());
  if (size < 0 || static_cast<std::size_t>(size) > max_bytes) {
    return fail(ErrorCode::corrupt_message, "a frame says that it has " + std::to_string(size) +
                                                " bytes; allowed are " + std::to_string(max_bytes));
  }
  return kFrameSizeBytes + static_cast<std::size_t>(size);
}

namespace {

template <class Frame>
Result<Frame> parse(const SharedBytes& frame, std::int16_t header_version) {
  Frame parsed;
  MessageReader in(frame);
  WEIR_TRY(decode(parsed.header, header_version, in));
  parsed.body = in.rest_of_frame();
  return parsed;
}

}  // namespace

Result<RequestFrame> parse_request_frame(const SharedBytes& frame) {
  Reader start(frame.view());
  auto api = static_cast<ApiKey>(start.int16());
  std::int16_t version = start.int16();
  if (!start.ok()) return fail(ErrorCode::truncated, "a request of " + std::to_string(frame.size()) + " bytes");
  const ApiRow* row = find_api(api);
  if (row == nullptr) {
    return fail(ErrorCode::unsupported_version, "unknown API " + std::to_string(static_cast<int>(api)));
  }
  // A later version of an API that is known has its headers too: enough to answer that it is not understood.
  return parse<RequestFrame>(frame, request_header_version(version, row->first_flexible_version));
}

Result<ResponseFrame> parse_response_frame(const SharedBytes& frame, std::int16_t header_version) {
  return parse<ResponseFrame>(frame, header_version);
}

namespace frame_detail {

void put_size(OwnedBytes& frame) {
  store_big_endian(frame.data(), static_cast<std::int32_t>(frame.size() - kFrameSizeBytes));
}

}  // namespace frame_detail

}  // namespace weir::log::wire
