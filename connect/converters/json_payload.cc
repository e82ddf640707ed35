// Values as JSON by their schemas (json_schema.h).
#include <charconv>
#include <cmath>
#include <limits>

#include "connect/converters/base64.h"
#include "connect/converters/json_schema.h"
#include "connect/data/encoding.h"
#include "connect/data/json_value.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

// Maps whose keys are texts are objects; others lists of pairs.
bool has_text_keys(const Schema* schema, const Map& map) {
  if (schema != nullptr && schema->keys) return schema->keys->type == Type::string;
  for (const auto& [key, value] : map.entries) {
    if (!key.is<std::string>()) return false;
  }
  return true;
}

Result<> append_entries(const Schema* schema, const Map& map, const JsonFormat& format, std::string& out) {
  const Schema* keys = schema != nullptr ? schema->keys.get() : nullptr;
  const Schema* values = schema != nullptr ? schema->values.get() : nullptr;
  const bool is_object = has_text_keys(schema, map);
  out += is_object ? '{' : '[';
  for (const auto& [key, value] : map.entries) {
    if (&key != &map.entries.front().first) out += ',';
    if (!is_object) out += '[';
    WEIR_TRY(append_json_payload(keys, key, format, out));
    out += is_object ? ':' : ',';
    WEIR_TRY(append_json_payload(values, value, format, out));
    if (!is_object) out += ']';
  }
  out += is_object ? '}' : ']';
  return {};
}

Result<> append_list(const Schema* schema, const List& list, const JsonFormat& format, std::string& out) {
  out += '[';
  for (const Value& item : list) {
    if (&item != &list.front()) out += ',';
    WEIR_TRY(append_json_payload(schema != nullptr ? schema->values.get() : nullptr, item, format, out));
  }
  out += ']';
  return {};
}

Result<> append_struct(const Struct& structure, const JsonFormat& format, std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < structure.values.size(); ++i) {
    const SchemaField& field = structure.schema->fields[i];
    if (i > 0) out += ',';
    append_json_string(field.name, out);
    out += ':';
    auto appended = append_json_payload(field.schema.get(), structure.values[i], format, out);
    if (!appended) return fail(appended.error().at("field '" + field.name + "'"));
  }
  out += '}';
  return {};
}

Result<> append_null(const Schema* schema, const JsonFormat& format, std::string& out) {
  if (schema != nullptr && schema->default_value && format.null_becomes_default) {
    return append_json_payload(schema, *schema->default_value, format, out);
  }
  if (schema != nullptr && !schema->is_optional && !schema->default_value) {
    return fail(ErrorCode::invalid_record, "null, which the schema does not allow");
  }
  out += "null";
  return {};
}

}  // namespace

Result<> append_json_payload(const Schema* schema, const Value& value, const JsonFormat& format, std::string& out) {
  if (value.is_null()) return append_null(schema, format, out);
  if (const auto* decimal = value.get_if<Decimal>()) {
    if (format.decimals == JsonFormat::Decimals::base64) {
      append_json_base64(decimal->unscaled, out);
    } else {
      out += decimal->to_text();
    }
    return {};
  }
  if (const auto* date = value.get_if<Date>()) return append_json(Value(date->days), out);
  if (const auto* time = value.get_if<Time>()) return append_json(Value(time->ms), out);
  if (const auto* timestamp = value.get_if<Timestamp>()) return append_json(Value(timestamp->ms), out);
  if (const auto* list = value.get_if<List>()) return append_list(schema, *list, format, out);
  if (const auto* map = value.get_if<Map>()) return append_entries(schema, *map, format, out);
  if (const auto* structure = value.get_if<Struct>()) return append_struct(*structure, format, out);
  return append_json(value, out);
}

namespace {

tl::unexpected<Error> not_as_expected(const Schema& schema, const JsonValue& json) {
  constexpr std::size_t kShown = 40;
  std::string shown(json.text().substr(0, kShown));
  if (json.text().size() > kShown) shown += "...";
  if (json.kind() == JsonValue::Kind::string) shown = "'" + shown + "'";
  return fail(ErrorCode::corrupt_data,
              "expected " + std::string(schema.name.empty() ? name_of(schema.type) : schema.name) + ", not " + shown);
}

template <class Integer>
Result<Value> integer_of(const Schema& schema, const JsonValue& json) {
  std::int64_t number = 0;
  if (!json.get(number) || number < std::numeric_limits<Integer>::min() ||
      number > std::numeric_limits<Integer>::max()) {
    return not_as_expected(schema, json);
  }
  return Value(static_cast<Integer>(number));
}

Result<Value> decimal_of(const Schema& schema, const JsonValue& json) {
  std::int32_t scale = 0;
  if (auto text = schema.parameters.find("scale"); text != schema.parameters.end()) {
    std::from_chars(text->second.data(), text->second.data() + text->second.size(), scale);
  }
  if (json.kind() == JsonValue::Kind::number) {
    auto decimal = Decimal::parse(json.text());
    if (decimal) decimal = decimal->with_scale(scale);
    if (!decimal) return fail(ErrorCode::corrupt_data, decimal.error().detail);
    return Value(*std::move(decimal));
  }
  auto bytes = json.kind() == JsonValue::Kind::string ? bytes_of_base64(json.text()) : std::nullopt;
  Result<Decimal> decimal = bytes ? Decimal::of_bytes(*bytes, scale) : Result<Decimal>(fail(ErrorCode::corrupt_data));
  if (!decimal) return not_as_expected(schema, json);
  return Value(*std::move(decimal));
}

Result<Value> list_of(const Schema& schema, const JsonValue& json, const JsonFormat& format) {
  if (!json.is_array()) return not_as_expected(schema, json);
  List list;
  list.reserve(json.size());
  for (const auto* item = json.first(); item != json.end(); item = item->next()) {
    auto value = schema.values ? value_of_json(schema.values, *item, format) : value_of_json(*item);
    if (!value) return fail(value.error());
    list.push_back(*std::move(value));
  }
  return Value(std::move(list));
}

Result<> take_entry(const Schema& schema, const JsonValue& key, const JsonValue& json, const JsonFormat& format,
                    Map& map) {
  auto name = schema.keys ? value_of_json(schema.keys, key, format) : value_of_json(key);
  if (!name) return fail(name.error());
  auto value = schema.values ? value_of_json(schema.values, json, format) : value_of_json(json);
  if (!value) return fail(value.error());
  map.entries.emplace_back(*std::move(name), *std::move(value));
  return {};
}

Result<Value> map_of(const Schema& schema, const JsonValue& json, const JsonFormat& format) {
  Map map;
  if (json.is_object()) {
    for (const auto* name = json.first(); name != json.end();) {
      const auto* value = name->next();
      WEIR_TRY(take_entry(schema, *name, *value, format, map));
      name = value->next();
    }
    return Value(std::move(map));
  }
  if (!json.is_array()) return not_as_expected(schema, json);
  for (const auto* pair = json.first(); pair != json.end(); pair = pair->next()) {
    if (!pair->is_array() || pair->size() != 2) return not_as_expected(schema, *pair);
    WEIR_TRY(take_entry(schema, *pair->first(), *pair->first()->next(), format, map));
  }
  return Value(std::move(map));
}

Result<Value> null_of(const Schema& schema, const JsonFormat& format) {
  if (schema.default_value && format.null_becomes_default) return *schema.default_value;
  if (schema.is_optional || schema.default_value) return Value();
  return fail(ErrorCode::corrupt_data, "null, which the schema does not allow");
}

// Fields that are not there are null.
Result<Value> field_of(const SchemaPtr& schema, const JsonValue* json, const JsonFormat& format) {
  return json != nullptr ? value_of_json(schema, *json, format) : null_of(*schema, format);
}

Result<Value> logical_of(const Schema& schema, const JsonValue& json) {
  if (schema.name == kDecimalName) return decimal_of(schema, json);
  if (schema.name == kTimestampName) {
    WEIR_TRY_VAR(ms, integer_of<std::int64_t>(schema, json));
    return Value(Timestamp{ms.get<std::int64_t>()});
  }
  WEIR_TRY_VAR(number, integer_of<std::int32_t>(schema, json));
  if (schema.name == kDateName) return Value(Date{number.get<std::int32_t>()});
  return Value(Time{number.get<std::int32_t>()});
}

bool is_logical(const Schema& schema) {
  return schema.name == kDecimalName || schema.name == kDateName || schema.name == kTimeName ||
         schema.name == kTimestampName;
}

// Members that the schema does not name are left out.
Result<Value> struct_of(const SchemaPtr& schema, const JsonValue& json, const JsonFormat& format) {
  if (!json.is_object()) return not_as_expected(*schema, json);
  Struct structure{schema, {}};
  structure.values.reserve(schema->fields.size());
  for (const SchemaField& field : schema->fields) {
    auto value = field_of(field.schema, json.member(field.name), format);
    if (!value) return fail(value.error().at("field '" + field.name + "'"));
    structure.values.push_back(*std::move(value));
  }
  return Value(std::move(structure));
}

}  // namespace

Result<Value> value_of_json(const SchemaPtr& by, const JsonValue& json, const JsonFormat& format) {
  const Schema& schema = *by;
  if (json.is_null()) return null_of(schema, format);
  if (is_logical(schema)) return logical_of(schema, json);
  switch (schema.type) {
    case Type::int8:
      return integer_of<std::int8_t>(schema, json);
    case Type::int16:
      return integer_of<std::int16_t>(schema, json);
    case Type::int32:
      return integer_of<std::int32_t>(schema, json);
    case Type::int64:
      return integer_of<std::int64_t>(schema, json);
    case Type::float32:
      if (float number = 0; json.get(number)) return Value(number);
      break;
    case Type::float64:
      if (double number = 0; json.get(number)) return Value(number);
      break;
    case Type::boolean:
      if (bool is = false; json.get(is)) return Value(is);
      break;
    case Type::string:
      if (json.kind() == JsonValue::Kind::string) return Value(json.text());
      break;
    case Type::bytes:
      if (json.kind() != JsonValue::Kind::string) break;
      if (auto bytes = bytes_of_base64(json.text())) return Value(Blob{*std::move(bytes)});
      break;
    case Type::array:
      return list_of(schema, json, format);
    case Type::map:
      return map_of(schema, json, format);
    case Type::structure:
      return struct_of(by, json, format);
  }
  return not_as_expected(schema, json);
}

}  // namespace weir::connect
