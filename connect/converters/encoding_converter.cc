// Converters that an Encoding says all of, and `plain`.
#include "connect/converters/converter.h"

namespace weir::connect {

namespace {

// What it means, in that encoding.
Result<NullableBytes> encoded(Encoding encoding, const Payload& payload, OwnedBytes& scratch) {
  WEIR_TRY_VAR(datum, payload.datum());
  if (datum->is_null()) return NullableBytes();
  WEIR_TRY_VAR(bytes, encode(encoding, *datum));
  scratch = std::move(bytes);
  return NullableBytes(scratch);
}

// Text is bytes, and JSON is text.
NullableBytes text_as_it_is(const Payload& payload) {
  const auto is = payload.encoded();
  if (!is) return std::nullopt;
  const bool is_text =
      is->encoding == Encoding::string || is->encoding == Encoding::json || is->encoding == Encoding::bytes;
  return is_text ? NullableBytes(is->bytes) : std::nullopt;
}

class EncodingConverter final : public Converter {
 public:
  explicit EncodingConverter(Encoding encoding) : encoding_(encoding) {}

  // Text and JSON are looked at by whoever looks inside; numbers at once.
  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    if (!bytes) return Payload();
    Payload payload = Payload::borrowed(encoding_, *bytes);
    const bool is_text = encoding_ == Encoding::string || encoding_ == Encoding::json || encoding_ == Encoding::bytes;
    if (!is_text) WEIR_TRY(payload.datum());
    return payload;
  }

  Result<NullableBytes> write(std::string_view, const Payload& payload, OwnedBytes& scratch) override {
    if (payload.is_null()) return NullableBytes();
    if (auto bytes = payload.bytes_as(encoding_)) return NullableBytes(*bytes);
    if (encoding_ == Encoding::bytes || encoding_ == Encoding::string) {
      if (auto bytes = text_as_it_is(payload)) return bytes;
    }
    return encoded(encoding_, payload, scratch);
  }

 private:
  Encoding encoding_;
};

class PlainConverter final : public Converter {
 public:
  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    return bytes ? Payload::borrowed(Encoding::string, *bytes) : Payload();
  }

  Result<NullableBytes> write(std::string_view, const Payload& payload, OwnedBytes& scratch) override {
    if (payload.is_null()) return NullableBytes();
    if (auto bytes = text_as_it_is(payload)) return bytes;
    return encoded(Encoding::string, payload, scratch);
  }
};

}  // namespace

std::unique_ptr<Converter> plain_converter() {
  return std::make_unique<PlainConverter>();
}

std::unique_ptr<Converter> encoding_converter(Encoding encoding) {
  return std::make_unique<EncodingConverter>(encoding);
}

}  // namespace weir::connect
