#include "connect/converters/json_schema.h"

#include "connect/data/encoding.h"
#include "connect/data/json_value.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

void append_member(std::string_view name, std::string& out) {
  out += ',';
  append_json_string(name, out);
  out += ':';
}

void append_text(std::string_view name, std::string_view text, std::string& out) {
  append_member(name, out);
  append_json_string(text, out);
}

Result<> append_inside(const Schema& schema, const JsonFormat& format, std::string& out) {
  if (schema.type == Type::map) {
    append_member("keys", out);
    WEIR_TRY(append_json_schema(schema.keys, format, out));
  }
  if (schema.type == Type::map || schema.type == Type::array) {
    append_member(schema.type == Type::map ? "values" : "items", out);
    WEIR_TRY(append_json_schema(schema.values, format, out));
  }
  if (schema.type != Type::structure) return {};
  append_member("fields", out);
  out += '[';
  for (const SchemaField& field : schema.fields) {
    if (&field != &schema.fields.front()) out += ',';
    WEIR_TRY(append_json_schema(field.schema, format, out));
    out.pop_back();
    append_text("field", field.name, out);
    out += '}';
  }
  out += ']';
  return {};
}

void append_parameters(const Schema& schema, std::string& out) {
  if (schema.parameters.empty()) return;
  append_member("parameters", out);
  out += '{';
  for (const auto& [name, text] : schema.parameters) {
    if (!out.ends_with('{')) out += ',';
    append_json_string(name, out);
    out += ':';
    append_json_string(text, out);
  }
  out += '}';
}

}  // namespace

Result<> append_json_schema(const SchemaPtr& schema, const JsonFormat& format, std::string& out) {
  if (!schema) {
    out += "null";
    return {};
  }
  out += "{\"type\":";
  append_json_string(name_of(schema->type), out);
  WEIR_TRY(append_inside(*schema, format, out));
  append_member("optional", out);
  out += schema->is_optional ? "true" : "false";
  if (!schema->name.empty()) append_text("name", schema->name, out);
  if (schema->version) {
    append_member("version", out);
    append_json_number(*schema->version, out);
  }
  if (!schema->doc.empty()) append_text("doc", schema->doc, out);
  append_parameters(*schema, out);
  if (schema->default_value) {
    append_member("default", out);
    WEIR_TRY(append_json_payload(schema.get(), *schema->default_value, format, out));
  }
  out += '}';
  return {};
}

namespace {

tl::unexpected<Error> no_schema(const std::string& what) {
  return fail(ErrorCode::corrupt_data, "no schema: " + what);
}

Result<std::string> text_member(const JsonValue& json, std::string_view name) {
  const JsonValue* member = json.member(name);
  if (member == nullptr || member->is_null()) return std::string();
  if (member->kind() != JsonValue::Kind::string) return no_schema("'" + std::string(name) + "' must be a text");
  return std::string(member->text());
}

Result<SchemaPtr> inner_schema(const JsonValue& json, std::string_view name, const JsonFormat& format) {
  const JsonValue* member = json.member(name);
  if (member == nullptr) return no_schema("'" + std::string(name) + "' is missing");
  return schema_of_json(*member, format);
}

Result<> take_fields(const JsonValue& json, const JsonFormat& format, Schema& schema) {
  const JsonValue* fields = json.member("fields");
  if (fields == nullptr || !fields->is_array()) return no_schema("a struct without 'fields'");
  for (const auto* field = fields->first(); field != fields->end(); field = field->next()) {
    if (!field->is_object()) return no_schema("a field that is no object");
    WEIR_TRY_VAR(name, text_member(*field, "field"));
    WEIR_TRY_VAR(inside, schema_of_json(*field, format));
    if (name.empty()) return no_schema("a field without a name");
    if (!inside) return no_schema("field '" + name + "' has none");
    if (schema.field(name) != nullptr) return no_schema("field '" + name + "' is there twice");
    schema.fields.push_back({std::move(name), std::move(inside)});
  }
  return {};
}

Result<> take_parameters(const JsonValue& json, Schema& schema) {
  const JsonValue* parameters = json.member("parameters");
  if (parameters == nullptr || parameters->is_null()) return {};
  if (!parameters->is_object()) return no_schema("'parameters' must be an object");
  for (const auto* name = parameters->first(); name != parameters->end();) {
    const auto* text = name->next();
    if (text->kind() != JsonValue::Kind::string) return no_schema("parameters must be texts");
    schema.parameters[std::string(name->text())] = std::string(text->text());
    name = text->next();
  }
  return {};
}

Result<> take_description(const JsonValue& json, Schema& schema) {
  if (const JsonValue* optional = json.member("optional"); optional != nullptr && !optional->is_null()) {
    if (!optional->get(schema.is_optional)) return no_schema("'optional' must be true or false");
  }
  WEIR_TRY_VAR(name, text_member(json, "name"));
  schema.name = std::move(name);
  WEIR_TRY_VAR(doc, text_member(json, "doc"));
  schema.doc = std::move(doc);
  if (const JsonValue* version = json.member("version"); version != nullptr && !version->is_null()) {
    std::int64_t number = 0;
    if (!version->get(number) || number != static_cast<std::int32_t>(number)) {
      return no_schema("'version' must be a number");
    }
    schema.version = static_cast<std::int32_t>(number);
  }
  return take_parameters(json, schema);
}

}  // namespace

Result<SchemaPtr> schema_of_json(const JsonValue& json, const JsonFormat& format) {
  if (json.is_null()) return SchemaPtr();
  if (!json.is_object()) return no_schema("it must be an object");
  WEIR_TRY_VAR(type_name, text_member(json, "type"));
  auto type = type_named(type_name);
  if (!type) return no_schema(type_name.empty() ? "'type' is missing" : "there is no type '" + type_name + "'");
  Schema schema{.type = *type};
  WEIR_TRY(take_description(json, schema));
  if (*type == Type::map) {
    WEIR_TRY_VAR(keys, inner_schema(json, "keys", format));
    schema.keys = std::move(keys);
  }
  if (*type == Type::map || *type == Type::array) {
    WEIR_TRY_VAR(values, inner_schema(json, *type == Type::map ? "values" : "items", format));
    schema.values = std::move(values);
  }
  if (*type == Type::structure) WEIR_TRY(take_fields(json, format, schema));
  if (const JsonValue* otherwise = json.member("default"); otherwise != nullptr && !otherwise->is_null()) {
    // By a schema without the default: one that held itself would never go.
    WEIR_TRY_VAR(value, value_of_json(std::make_shared<const Schema>(schema), *otherwise, format));
    schema.default_value = std::make_shared<const Value>(std::move(value));
  }
  return std::make_shared<const Schema>(std::move(schema));
}

}  // namespace weir::connect
