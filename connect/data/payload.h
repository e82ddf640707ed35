// Payload: a record's key or value on its way. It is bytes that mean something (Encoding) until somebody changes what
// is inside, and a Datum from then on: so text and JSON that only pass through, or are only looked at, are not changed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "connect/data/encoding.h"
#include "connect/data/schema.h"
#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

class Payload {
 public:
  struct Encoded {
    Encoding encoding;
    Bytes bytes;
  };

  Payload() = default;  // null
  Payload(Datum datum) : is_(std::move(datum)) {}

  // Null again.
  void reset() {
    is_.emplace<std::monostate>();
    if (seen_) seen_.reset();
  }

  static Payload owned(Encoding encoding, OwnedBytes bytes);
  static Payload text(std::string text) { return owned(Encoding::string, std::move(text)); }
  static Payload json(std::string json) { return owned(Encoding::json, std::move(json)); }
  // The bytes must live as long as this payload and its copies, or until it is changed.
  static Payload borrowed(Encoding encoding, Bytes bytes) {
    Payload payload;
    payload.borrow(encoding, bytes);
    return payload;
  }
  // The same of what there is.
  void borrow(Encoding encoding, Bytes bytes) {
    is_.emplace<Encoded>(Encoded{encoding, bytes});
    if (seen_) seen_.reset();
  }

  bool is_null() const {
    const auto* datum = std::get_if<Datum>(&is_);
    return datum != nullptr ? datum->is_null() : std::holds_alternative<std::monostate>(is_);
  }

  // The bytes and what they mean, if it was not changed.
  std::optional<Encoded> encoded() const {
    if (const auto* borrowed = std::get_if<Encoded>(&is_)) return *borrowed;
    if (const auto* owned = std::get_if<Owned>(&is_)) return Encoded{owned->encoding, owned->bytes};
    return std::nullopt;
  }
  // The bytes, if they are there and mean that.
  std::optional<Bytes> bytes_as(Encoding encoding) const {
    const auto is = encoded();
    return is && is->encoding == encoding ? std::optional(is->bytes) : std::nullopt;
  }
  // The bytes, moved out where they are its own; it is null then. Precondition: encoded().
  OwnedBytes take_bytes();

  // What it means; decoded at most once. As long as this payload stays as it is. corrupt_data.
  Result<const Datum*> datum() const;
  // The same, to be changed; the bytes are forgotten.
  Result<Datum*> change();

  // As JSON on one line, without a schema. corrupt_data, invalid_record.
  Result<> append_json_to(std::string& out) const;

 private:
  struct Owned {
    Encoding encoding;
    OwnedBytes bytes;
  };
  std::variant<std::monostate, Datum, Encoded, Owned> is_;
  mutable std::shared_ptr<Datum> seen_{};  // what the bytes mean; shared: copies need not decode them again
};

}  // namespace weir::connect
