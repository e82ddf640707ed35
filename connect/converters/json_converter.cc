#include "connect/converters/json_converter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "connect/converters/json_schema.h"
#include "connect/data/json_value.h"
#include "log/base/json_reader.h"

namespace weir::connect {

namespace {

constexpr Setting kJsonConverter[] = {
    {.name = "schemas.enable",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "true: each value is {\"schema\":S,\"payload\":V}; false: it is V alone"},
    {.name = "schemas.cache.size",
     .type = SettingType::integer,
     .otherwise = "1000",
     .least = 0,
     .most = 1'000'000,
     .meaning = "how many schemas are remembered, so that they are not read and written anew for each record"},
    {.name = "decimal.format",
     .type = SettingType::choice,
     .otherwise = "BASE64",
     .choices = "BASE64|NUMERIC",
     .meaning = "how decimals are written: their bytes in base64, or numbers; both are read"},
    {.name = "replace.null.with.default",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether a null of a field whose schema has a default becomes it"},
};

// The last schemas that were read or written, at most so many.
template <class Key, class Known>
class Remembered {
 public:
  explicit Remembered(std::size_t most) : most_(most) {}

  template <class Of>
  const Known* find(const Of& key) const {
    auto found = std::find_if(known_.begin(), known_.end(), [&](const auto& entry) { return entry.first == key; });
    return found == known_.end() ? nullptr : &found->second;
  }
  void keep(Key key, Known known) {
    if (most_ == 0) return;
    if (known_.size() < most_) {
      known_.emplace_back(std::move(key), std::move(known));
    } else {
      known_[next_++ % most_] = {std::move(key), std::move(known)};
    }
  }

 private:
  std::size_t most_;
  std::size_t next_ = 0;
  std::vector<std::pair<Key, Known>> known_;
};

class JsonConverter final : public Converter {
 public:
  JsonConverter(bool has_schemas, JsonFormat format, std::size_t remembered)
      : has_schemas_(has_schemas), format_(format), read_(remembered), written_(remembered) {}

  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    if (!bytes) return Payload();
    if (!has_schemas_) return Payload::borrowed(Encoding::json, *bytes);
    WEIR_TRY_VAR(document, JsonDocument::parse(*bytes));
    const JsonValue& root = document.root();
    const bool is_envelope =
        root.is_object() && root.size() == 2 && root.member("schema") != nullptr && root.member("payload") != nullptr;
    if (!is_envelope) {
      return fail(ErrorCode::corrupt_data,
                  "expected {\"schema\":...,\"payload\":...} and nothing else; of JSON without schemas set "
                  "schemas.enable=false");
    }
    const JsonValue& payload = *root.member("payload");
    WEIR_TRY_VAR(schema, schema_of(*root.member("schema")));
    auto value = schema ? value_of_json(schema, payload, format_) : value_of_json(payload);
    if (!value) return fail(value.error());
    return Payload(Datum{std::move(schema), *std::move(value)});
  }

  Result<NullableBytes> write(std::string_view, const Payload& payload, OwnedBytes& scratch) override {
    if (!has_schemas_) {
      if (auto json = payload.bytes_as(Encoding::json)) return NullableBytes(*json);
    }
    WEIR_TRY_VAR(datum, payload.datum());
    if (datum->is_null() && (!datum->schema || !has_schemas_)) return NullableBytes();
    if (datum->schema) WEIR_TRY(check_value(*datum->schema, datum->value));
    scratch.clear();
    if (has_schemas_) {
      scratch += "{\"schema\":";
      WEIR_TRY(append_schema(datum->schema, scratch));
      scratch += ",\"payload\":";
    }
    WEIR_TRY(append_json_payload(datum->schema.get(), datum->value, format_, scratch));
    if (has_schemas_) scratch += '}';
    return NullableBytes(scratch);
  }

 private:
  Result<SchemaPtr> schema_of(const JsonValue& json) {
    if (json.is_null()) return SchemaPtr();
    if (const SchemaPtr* known = read_.find(json.text())) return *known;
    WEIR_TRY_VAR(schema, schema_of_json(json, format_));
    read_.keep(std::string(json.text()), schema);
    return schema;
  }

  Result<> append_schema(const SchemaPtr& schema, std::string& out) {
    if (const std::string* known = written_.find(schema)) {
      out += *known;
      return {};
    }
    std::string text;
    WEIR_TRY(append_json_schema(schema, format_, text));
    out += text;
    written_.keep(schema, std::move(text));
    return {};
  }

  bool has_schemas_;
  JsonFormat format_;
  Remembered<std::string, SchemaPtr> read_;
  Remembered<SchemaPtr, std::string> written_;
};

}  // namespace

SettingTable json_converter_settings() {
  return kJsonConverter;
}

Result<std::unique_ptr<Converter>> make_json_converter(const SettingsUnder& settings) {
  JsonFormat format;
  format.decimals = static_cast<JsonFormat::Decimals>(settings.choice("decimal.format"));
  format.null_becomes_default = settings.flag("replace.null.with.default");
  return std::make_unique<JsonConverter>(settings.flag("schemas.enable"), format,
                                         static_cast<std::size_t>(settings.integer("schemas.cache.size")));
}

}  // namespace weir::connect
