#include "log/model/record.h"

#include "log/base/assert.h"
#include "log/model/record_codec.h"

namespace weir::log {

std::vector<HeaderView> HeadersView::decode() const {
  std::vector<HeaderView> headers;
  headers.reserve(static_cast<std::size_t>(count));
  const char* at = encoded.data();
  const char* end = at + encoded.size();
  for (std::int32_t i = 0; i < count; ++i) {
    NullableBytes key;
    NullableBytes value;
    at = record_codec::get_run(at, end, key);
    if (at != nullptr) at = record_codec::get_run(at, end, value);
    WEIR_ASSERT(at != nullptr && key, "headers were checked when they were read");
    headers.push_back({*key, value});
  }
  return headers;
}

bool HeadersView::is_whole() const {
  const char* end = encoded.data() + encoded.size();
  return record_codec::skip_headers(encoded.data(), end, count) == end;
}

HeadersView encode_headers(std::span<const Header> headers, OwnedBytes& scratch) {
  std::size_t size = 0;
  auto view = [](const Header& header) {
    return header.value ? NullableBytes(*header.value) : std::nullopt;
  };
  for (const Header& header : headers)
    size += record_codec::run_size(header.key) + record_codec::run_size(view(header));
  scratch.resize(size);
  char* at = scratch.data();
  for (const Header& header : headers) {
    at = record_codec::put_run(at, header.key);
    at = record_codec::put_run(at, view(header));
  }
  return {static_cast<std::int32_t>(headers.size()), scratch};
}

namespace record_codec {

const char* skip_headers(const char* at, const char* end, std::int64_t count) {
  if (count < 0 || count > end - at) return nullptr;  // each takes at least two bytes
  for (std::int64_t i = 0; i < count; ++i) {
    NullableBytes key;
    NullableBytes value;
    at = get_run(at, end, key);
    if (at == nullptr || !key) return nullptr;
    at = get_run(at, end, value);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace record_codec

}  // namespace weir::log
