#include "connect/data/payload.h"

#include "log/base/assert.h"

namespace weir::connect {

Payload Payload::owned(Encoding encoding, OwnedBytes bytes) {
  Payload payload;
  payload.is_.emplace<Owned>(encoding, std::move(bytes));
  return payload;
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
  static const Datum kNull;
  if (std::holds_alternative<std::monostate>(is_)) return &kNull;
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
  if (std::holds_alternative<std::monostate>(is_)) return &is_.emplace<Datum>();
  WEIR_TRY(datum());
  const bool is_shared = seen_.use_count() > 1;
  Datum own = is_shared ? *seen_ : std::move(*seen_);
  seen_.reset();
  return &is_.emplace<Datum>(std::move(own));
}

Result<> Payload::append_json_to(std::string& out) const {
  if (auto is = encoded()) return append_json(is->encoding, is->bytes, out);
  if (const auto* datum = std::get_if<Datum>(&is_)) return append_json(datum->value, out);
  out += "null";
  return {};
}

}  // namespace weir::connect
