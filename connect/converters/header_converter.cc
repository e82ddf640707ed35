// SimpleHeaderConverter: header values as short texts (text_value.h).
#include "connect/converters/header_converter.h"

#include "connect/data/text_value.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

class SimpleHeaderConverter final : public Converter {
 public:
  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    if (!bytes) return Payload();
    if (valid_utf8_prefix(*bytes) < bytes->size()) {
      return Payload(Datum{schema_of(Type::bytes), Blob{OwnedBytes(*bytes)}});
    }
    return Payload(datum_of_text(*bytes));
  }

  Result<NullableBytes> write(std::string_view, const Payload& payload, OwnedBytes& scratch) override {
    WEIR_TRY_VAR(datum, payload.datum());
    if (datum->is_null()) return NullableBytes();
    scratch = short_text(datum->value);
    return NullableBytes(scratch);
  }
};

}  // namespace

Result<std::unique_ptr<Converter>> make_simple_header_converter(const SettingsUnder&) {
  return std::make_unique<SimpleHeaderConverter>();
}

}  // namespace weir::connect
