#include "connect/data/payload.h"

#include "log/base/assert.h"

namespace weir::connect {

Payload Payload::owned(Encoding encoding, OwnedBytes bytes) {
  Payload payload;
  payload.is_.emplace<Owned>(encoding, std::move(bytes));
  return payload;
}

Payload Payload::borrowed(Encoding encoding, Bytes bytes) {
  Payload payload;
  payload.is_.emplace<Encoded>(encoding, bytes);
  return payload;
}

bool Payload::is_null() const {
  const auto* datum = std::get_if<Datum>(&is_);
  return datum != nullptr && datum->is_null();
}

std::optional<Payload::Encoded> Payload::encoded() const {
  if (const auto* borrowed = std::get_if<Encoded>(&is_)) return *borrowed;
  if (const auto* owned = std::get_if<Owned>(&is_)) return Encoded{owned->encoding, owned->bytes};
  return std::nullopt;
}

std::optional<Bytes> Payload::bytes_as(Encoding encoding) const {
  auto is = encoded();
  if (!is || is->encoding != encoding) return std::nullopt;
  return is->bytes;
}

OwnedBytes Payload::take_bytes() {
  OwnedBytes bytes;
  if (auto* owned = std::get_if<Owned>(&is_)) {
    bytes = std::move(owned->bytes);
  } else {
    auto* borrowed = std::get_if<Encoded>(&is_);
    WEIR_ASSERT(borrowed != nullptr, "the payload has bytes");
    bytes = OwnedBytes(borrowed->bytes);
  }
  *this = Payload();
  return bytes;
}

Result<const Datum*> Payload::datum() const {
  if (const auto* datum = std::get_if<Datum>(&is_)) return datum;
  if (!seen_) {
    auto is = encoded();
    WEIR_TRY_VAR(decoded, decode(is->encoding, is->bytes));
    seen_ = std::make_shared<Datum>(std::move(decoded));
  }
  return static_cast<const Datum*>(seen_.get());
}

Result<Datum*> Payload::change() {
  if (auto* datum = std::get_if<Datum>(&is_)) return datum;
  WEIR_TRY(datum());
  const bool is_shared = seen_.use_count() > 1;
  Datum own = is_shared ? *seen_ : std::move(*seen_);
  seen_.reset();
  return &is_.emplace<Datum>(std::move(own));
}

Result<> Payload::append_json_to(std::string& out) const {
  if (auto is = encoded()) return append_json(is->encoding, is->bytes, out);
  return append_json(std::get<Datum>(is_).value, out);
}

}  // namespace weir::connect
