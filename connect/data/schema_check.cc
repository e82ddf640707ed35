#include <charconv>

#include "connect/data/schema.h"

namespace weir::connect {

namespace {

tl::unexpected<Error> unexpected(const std::string& path, const std::string& expected, std::string_view found) {
  const std::string place = path.empty() ? "" : "field '" + path + "': ";
  return fail(ErrorCode::invalid_record, place + "expected " + expected + ", not " + std::string(found));
}

std::string joined_path(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

std::string called(const Schema& schema) {
  if (schema.name == kDecimalName) return "a decimal";
  if (schema.name == kDateName) return "a date";
  if (schema.name == kTimeName) return "a time";
  if (schema.name == kTimestampName) return "a timestamp";
  switch (schema.type) {
    case Type::int8:
    case Type::int16:
    case Type::int32:
    case Type::int64:
      return "an " + std::string(name_of(schema.type));
    case Type::float32:
      return "a float32";
    case Type::float64:
      return "a float64";
    case Type::boolean:
      return "a boolean";
    case Type::string:
      return "a string";
    case Type::bytes:
      return "bytes";
    case Type::array:
      return "a list";
    case Type::map:
      return "a map";
    case Type::structure:
      return "a struct";
  }
  return {};
}

bool is_of_plain_type(const Schema& schema, const Value& value) {
  if (schema.name == kDecimalName) return value.is<Decimal>();
  if (schema.name == kDateName) return value.is<Date>();
  if (schema.name == kTimeName) return value.is<Time>();
  if (schema.name == kTimestampName) return value.is<Timestamp>();
  switch (schema.type) {
    case Type::int8:
      return value.is<std::int8_t>();
    case Type::int16:
      return value.is<std::int16_t>();
    case Type::int32:
      return value.is<std::int32_t>();
    case Type::int64:
      return value.is<std::int64_t>();
    case Type::float32:
      return value.is<float>();
    case Type::float64:
      return value.is<double>();
    case Type::boolean:
      return value.is<bool>();
    case Type::string:
      return value.is<std::string>();
    case Type::bytes:
      return value.is<Blob>();
    case Type::array:
      return value.is<List>();
    case Type::map:
      return value.is<Map>();
    case Type::structure:
      return value.is<Struct>();
  }
  return false;
}

Result<> check_at(const std::string& path, const Schema& schema, const Value& value);

Result<> check_fields(const std::string& path, const Schema& schema, const Struct& value) {
  if (value.schema.get() != &schema && value.schema->fields.size() != schema.fields.size()) {
    return unexpected(path, "a struct of " + std::to_string(schema.fields.size()) + " fields",
                      "one of " + std::to_string(value.schema->fields.size()));
  }
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const SchemaField& field = schema.fields[i];
    if (value.schema->fields[i].name != field.name) {
      return unexpected(path, "a struct whose field " + std::to_string(i + 1) + " is '" + field.name + "'",
                        "'" + value.schema->fields[i].name + "'");
    }
    WEIR_TRY(check_at(joined_path(path, field.name), *field.schema, value.values[i]));
  }
  return {};
}

Result<> check_scale(const std::string& path, const Schema& schema, const Decimal& value) {
  auto scale = schema.parameters.find("scale");
  if (scale == schema.parameters.end() || scale->second == std::to_string(value.scale)) return {};
  return unexpected(path, "a decimal of scale " + scale->second, "one of scale " + std::to_string(value.scale));
}

Result<> check_at(const std::string& path, const Schema& schema, const Value& value) {
  if (value.is_null()) {
    if (schema.is_optional || schema.default_value) return {};
    return unexpected(path, called(schema), "null");
  }
  if (!is_of_plain_type(schema, value)) return unexpected(path, called(schema), name_of_type(value));
  if (const auto* decimal = value.get_if<Decimal>()) return check_scale(path, schema, *decimal);
  if (const auto* fields = value.get_if<Struct>()) return check_fields(path, schema, *fields);
  if (const auto* list = value.get_if<List>(); list != nullptr && schema.values) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      WEIR_TRY(check_at(path + "[" + std::to_string(i) + "]", *schema.values, (*list)[i]));
    }
  }
  if (const auto* map = value.get_if<Map>()) {
    for (const auto& [key, inside] : map->entries) {
      const auto* text = key.get_if<std::string>();
      const std::string place = joined_path(path, text != nullptr ? *text : "?");
      if (schema.keys) WEIR_TRY(check_at(place, *schema.keys, key));
      if (schema.values) WEIR_TRY(check_at(place, *schema.values, inside));
    }
  }
  return {};
}

}  // namespace

Result<> check_value(const Schema& schema, const Value& value) {
  return check_at("", schema, value);
}

}  // namespace weir::connect
