// Cast: fields, or the whole, as another type.
#include <map>

#include "connect/data/text_value.h"
#include "connect/transforms/number_cast.h"
#include "connect/transforms/part_transform.h"

namespace weir::connect {

namespace {

constexpr Setting kCast[] = {
    {.name = "spec",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "fields and their types, field:type, separated by commas; or one type for the whole. Types are int8, "
                "int16, int32, int64, float32, float64, boolean and string"},
    kReplaceNulls,
};

bool is_castable(const Value& value) {
  return !value.is<List>() && !value.is<Map>() && !value.is<Struct>();
}

// "true" of any case is true, every other text false, as in Java.
bool is_true(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  if (text.size() != kTrue.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != kTrue[i]) return false;
  }
  return true;
}

// Dates and times as the numbers that they are.
Value plain_number(const Value& value) {
  if (const auto* date = value.get_if<Date>()) return Value(date->days);
  if (const auto* time = value.get_if<Time>()) return Value(time->ms);
  if (const auto* timestamp = value.get_if<Timestamp>()) return Value(timestamp->ms);
  return value;
}

Result<Value> to_boolean(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) return Value(is_true(*text));
  if (value.is<bool>()) return value;
  if (const auto* is = value.get_if<double>()) return Value(!(*is > -1 && *is < 1));
  if (const auto* is = value.get_if<float>()) return Value(!(*is > -1 && *is < 1));
  WEIR_TRY_VAR(number, cast_number(value, Type::int64));
  return Value(number.get<std::int64_t>() != 0);
}

Result<Value> cast(const Value& given, Type type) {
  if (given.is_null()) return given;
  if (!is_castable(given) || (given.is<Blob>() && type != Type::string)) {
    return fail(ErrorCode::invalid_record,
                std::string(name_of_type(given)) + " cannot be cast to " + std::string(name_of(type)));
  }
  if (type == Type::string) return Value(short_text(given));
  const Value value = plain_number(given);
  if (type == Type::boolean) return to_boolean(value);
  if (const auto* is = value.get_if<bool>()) return cast_number(Value(std::int64_t{*is ? 1 : 0}), type);
  if (const auto* text = value.get_if<std::string>()) return cast_text(*text, type);
  return cast_number(value, type);
}

class Cast final : public PartTransform {
 public:
  struct Spec {
    std::optional<Type> whole;
    std::map<std::string, Type, std::less<>> fields;
  };

  Cast(Part part, Spec spec, Nulls nulls) : PartTransform(part), spec_(std::move(spec)), nulls_(nulls) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    if (spec_.whole) return change_whole(datum);
    WEIR_TRY_VAR(fields, fields_of(datum));
    if (fields.map != nullptr) return change_map(*fields.map);
    return change_struct(datum, *fields.structure);
  }

 private:
  Result<> change_whole(Datum& datum) {
    WEIR_TRY_VAR(value, cast(datum.value, *spec_.whole));
    if (datum.schema) {
      WEIR_TRY_VAR(schema, schemas_.of(datum.schema, [this](const Schema& is) { return schema_as(is, *spec_.whole); }));
      datum.schema = std::move(schema);
    }
    datum.value = std::move(value);
    return {};
  }

  Result<> change_map(Map& map) const {
    for (const auto& [name, type] : spec_.fields) {
      Value* found = map.find(name);
      if (found == nullptr) continue;
      auto value = cast(*found, type);
      if (!value) return fail(value.error().at("field '" + name + "'"));
      *found = *std::move(value);
    }
    return {};
  }

  Result<> change_struct(Datum& datum, Struct& structure) {
    const SchemaPtr before = structure.schema;
    WEIR_TRY_VAR(schema, schemas_.of(before, [this](const Schema& is) { return schema_of_fields(is); }));
    std::vector<Value> values = std::move(structure.values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const SchemaField& field = before->fields[i];
      if (values[i].is_null()) values[i] = value_or_default(*field.schema, values[i], nulls_);
      auto type = spec_.fields.find(field.name);
      if (type == spec_.fields.end()) continue;
      auto value = cast(values[i], type->second);
      if (!value) return fail(value.error().at("field '" + field.name + "'"));
      values[i] = *std::move(value);
    }
    become(datum, std::move(schema), std::move(values));
    return {};
  }

  static Result<SchemaPtr> schema_as(const Schema& before, Type type) {
    auto schema = std::make_shared<Schema>(Schema{.type = type, .is_optional = before.is_optional});
    if (before.default_value) {
      WEIR_TRY_VAR(value, cast(*before.default_value, type));
      schema->default_value = std::make_shared<const Value>(std::move(value));
    }
    return SchemaPtr(schema);
  }

  Result<SchemaPtr> schema_of_fields(const Schema& before) const {
    auto schema = std::make_shared<Schema>(without_fields(before));
    schema->is_optional = before.is_optional;
    for (const SchemaField& field : before.fields) {
      auto type = spec_.fields.find(field.name);
      if (type == spec_.fields.end()) {
        schema->fields.push_back(field);
        continue;
      }
      WEIR_TRY_VAR(changed, schema_as(*field.schema, type->second));
      schema->fields.push_back({field.name, std::move(changed)});
    }
    return SchemaPtr(schema);
  }

  Spec spec_;
  Nulls nulls_;
  SchemaCache schemas_;
};

std::optional<Type> cast_type(std::string_view name) {
  if (name == "float" || name == "double") return std::nullopt;  // in a spec these are float32 and float64
  auto type = type_named(name);
  if (!type || *type > Type::string) return std::nullopt;
  return type;
}

std::unique_ptr<Transform> make_cast(const SettingsUnder& settings, Part part, std::vector<Error>& problems) {
  Cast::Spec spec;
  const auto parts = settings.list("spec");
  for (const std::string& text : parts) {
    const auto colon = text.rfind(':');
    const std::string name = colon == std::string::npos ? "" : text.substr(0, colon);
    const std::string type_name = colon == std::string::npos ? text : text.substr(colon + 1);
    auto type = cast_type(type_name);
    if (!type) {
      problems.push_back(settings.wrong("spec", "'" + type_name +
                                                    "' must be one of int8, int16, int32, int64, float32, float64, "
                                                    "boolean, string"));
    } else if (colon == std::string::npos) {
      spec.whole = type;
    } else {
      spec.fields[name] = *type;
    }
  }
  if (spec.whole && parts.size() > 1) {
    problems.push_back(settings.wrong("spec", "a type for the whole must stand alone"));
  }
  return std::make_unique<Cast>(part, std::move(spec), nulls_of(settings));
}

}  // namespace

std::vector<TransformClass> cast_transforms() {
  return {{"Cast", true, kCast, "makes fields, or the whole, another type", make_cast}};
}

}  // namespace weir::connect
