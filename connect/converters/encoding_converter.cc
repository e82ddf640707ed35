// Converters that an Encoding says all of, and `plain`.
#include "connect/converters/converter.h"

namespace weir::connect {

namespace {

// Moves the bytes out of a payload that has them.
std::optional<OwnedBytes> bytes_of(Payload& payload, Encoding encoding) {
  if (!payload.bytes_as(encoding)) return std::nullopt;
  return payload.take_bytes();
}

class EncodingConverter final : public Converter {
 public:
  explicit EncodingConverter(Encoding encoding) : encoding_(encoding) {}

  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    return bytes ? Payload::borrowed(encoding_, *bytes) : Payload();
  }

  Result<std::optional<OwnedBytes>> write(std::string_view, Payload& payload) override {
    if (payload.is_null()) return std::optional<OwnedBytes>();
    if (auto bytes = bytes_of(payload, encoding_)) return bytes;
    if (encoding_ == Encoding::bytes || encoding_ == Encoding::string) {  // text is bytes, and JSON is text
      for (const Encoding other : {Encoding::string, Encoding::json, Encoding::bytes}) {
        if (auto bytes = bytes_of(payload, other)) return bytes;
      }
    }
    WEIR_TRY_VAR(datum, payload.datum());
    if (datum->is_null()) return std::optional<OwnedBytes>();
    WEIR_TRY_VAR(encoded, encode(encoding_, *datum));
    return std::optional(std::move(encoded));
  }

 private:
  Encoding encoding_;
};

// Whatever has bytes keeps them; text and bytes are themselves, all else is JSON.
class PlainConverter final : public Converter {
 public:
  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    return bytes ? Payload::borrowed(Encoding::string, *bytes) : Payload();
  }

  Result<std::optional<OwnedBytes>> write(std::string_view, Payload& payload) override {
    if (payload.is_null()) return std::optional<OwnedBytes>();
    for (const Encoding encoding : {Encoding::string, Encoding::json, Encoding::bytes}) {
      if (auto bytes = bytes_of(payload, encoding)) return bytes;
    }
    WEIR_TRY_VAR(datum, payload.datum());
    if (datum->is_null()) return std::optional<OwnedBytes>();
    WEIR_TRY_VAR(encoded, encode(Encoding::string, *datum));
    return std::optional(std::move(encoded));
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
