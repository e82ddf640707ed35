#include "connect/data/schema.h"

#include <algorithm>
#include <array>

#include "log/base/assert.h"

namespace weir::connect {

namespace {

constexpr std::array<std::string_view, 12> kTypeNames = {"int8",    "int16",  "int32", "int64", "float", "double",
                                                         "boolean", "string", "bytes", "array", "map",   "struct"};

bool same_value(const std::shared_ptr<const Value>& a, const std::shared_ptr<const Value>& b) {
  if (a == b) return true;
  return a && b && *a == *b;
}

bool same_fields(const std::vector<SchemaField>& a, const std::vector<SchemaField>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SchemaField& x, const SchemaField& y) {
    return x.name == y.name && same_schema(x.schema, y.schema);
  });
}

using Plain = std::array<SchemaPtr, static_cast<std::size_t>(Type::bytes) + 1>;

Plain plain_schemas(bool is_optional) {
  Plain all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = std::make_shared<const Schema>(Schema{.type = static_cast<Type>(i), .is_optional = is_optional});
  }
  return all;
}

SchemaPtr logical(Type type, std::string_view name, bool is_optional) {
  return std::make_shared<const Schema>(
      Schema{.type = type, .is_optional = is_optional, .name = std::string(name), .version = 1});
}

SchemaPtr one_of(const SchemaPtr& required, const SchemaPtr& optional, bool is_optional) {
  return is_optional ? optional : required;
}

}  // namespace

const SchemaField* Schema::field(std::string_view field_name) const {
  auto index = index_of(field_name);
  return index ? &fields[*index] : nullptr;
}

std::optional<std::size_t> Schema::index_of(std::string_view field_name) const {
  auto found =
      std::find_if(fields.begin(), fields.end(), [&](const SchemaField& field) { return field.name == field_name; });
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

bool same_schema(const SchemaPtr& a, const SchemaPtr& b) {
  if (a == b) return true;
  if (!a || !b) return false;
  return a->type == b->type && a->is_optional == b->is_optional && a->name == b->name && a->version == b->version &&
         a->doc == b->doc && a->parameters == b->parameters && same_value(a->default_value, b->default_value) &&
         same_fields(a->fields, b->fields) && same_schema(a->keys, b->keys) && same_schema(a->values, b->values);
}

std::string_view name_of(Type type) {
  return kTypeNames[static_cast<std::size_t>(type)];
}

std::optional<Type> type_named(std::string_view name) {
  if (name == "float32") return Type::float32;
  if (name == "float64") return Type::float64;
  auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<Type>(found - kTypeNames.begin());
}

SchemaPtr schema_of(Type type) {
  static const Plain kAll = plain_schemas(false);
  WEIR_ASSERT(type <= Type::bytes, name_of(type));
  return kAll[static_cast<std::size_t>(type)];
}

SchemaPtr optional_schema_of(Type type) {
  static const Plain kAll = plain_schemas(true);
  WEIR_ASSERT(type <= Type::bytes, name_of(type));
  return kAll[static_cast<std::size_t>(type)];
}

SchemaPtr decimal_schema(std::int32_t scale, bool is_optional) {
  return std::make_shared<const Schema>(Schema{.type = Type::bytes,
                                               .is_optional = is_optional,
                                               .name = std::string(kDecimalName),
                                               .version = 1,
                                               .parameters = {{"scale", std::to_string(scale)}}});
}

SchemaPtr date_schema(bool is_optional) {
  static const SchemaPtr kRequired = logical(Type::int32, kDateName, false);
  static const SchemaPtr kOptional = logical(Type::int32, kDateName, true);
  return one_of(kRequired, kOptional, is_optional);
}

SchemaPtr time_schema(bool is_optional) {
  static const SchemaPtr kRequired = logical(Type::int32, kTimeName, false);
  static const SchemaPtr kOptional = logical(Type::int32, kTimeName, true);
  return one_of(kRequired, kOptional, is_optional);
}

SchemaPtr timestamp_schema(bool is_optional) {
  static const SchemaPtr kRequired = logical(Type::int64, kTimestampName, false);
  static const SchemaPtr kOptional = logical(Type::int64, kTimestampName, true);
  return one_of(kRequired, kOptional, is_optional);
}

SchemaPtr with_optional(const SchemaPtr& schema, bool is_optional) {
  if (!schema || schema->is_optional == is_optional) return schema;
  auto changed = std::make_shared<Schema>(*schema);
  changed->is_optional = is_optional;
  return changed;
}

}  // namespace weir::connect
