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

  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    return bytes ? Payload::borrowed(encoding_, *bytes) : Payload();
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
namespace weir::connect {
Result<std::unique_ptr<Converter>> make_converter(const Settings& settings, std::string_view setting) {
  const std::string& name = settings.text(setting);
  if (name == "string" || name.ends_with("StringConverter")) return encoding_converter(Encoding::string);
  if (name == "json" || name.ends_with("JsonConverter")) return encoding_converter(Encoding::json);
  if (name == "int32" || name.ends_with("IntegerConverter")) return encoding_converter(Encoding::int32);
  if (name == "int64" || name.ends_with("LongConverter")) return encoding_converter(Encoding::int64);
  if (name == "double" || name.ends_with("DoubleConverter")) return encoding_converter(Encoding::float64);
  if (name == "bytes" || name.ends_with("ByteArrayConverter")) return encoding_converter(Encoding::bytes);
  return fail(settings.wrong(setting, "there is no such converter"));
}
}  // namespace weir::connect
#include "connect/transforms/transform.h"
namespace weir::connect {
Transforms Transforms::of(const ConnectorConfig&, std::vector<Error>&) {
  return {};
}
Result<Kept> Transforms::apply(ConnectRecord&) const {
  return Kept::yes;
}
}  // namespace weir::connect
