#include "connect/transforms/part_transform.h"

#include <algorithm>

namespace weir::connect {

Result<Kept> PartTransform::apply(ConnectRecord& record) {
  Payload& part = payload(record);
  WEIR_TRY_VAR(seen, part.datum());
  if (seen->is_null()) {
    WEIR_TRY(change_null(record));
    return Kept::yes;
  }
  WEIR_TRY_VAR(datum, part.change());
  auto changed = change(*datum, record);
  if (!changed) return fail(changed.error().at(part_name()));
  return Kept::yes;
}

Nulls nulls_of(const SettingsUnder& settings) {
  return settings.flag(kReplaceNulls.name) ? Nulls::become_default : Nulls::stay;
}

const Value& value_or_default(const Schema& schema, const Value& value, Nulls nulls) {
  const bool is_replaced = value.is_null() && schema.default_value && nulls == Nulls::become_default;
  return is_replaced ? *schema.default_value : value;
}

tl::unexpected<Error> no_fields(const Value& value) {
  return fail(ErrorCode::invalid_record, "expected fields, not " + std::string(name_of_type(value)));
}

Result<Fields> fields_of(Datum& datum) {
  if (auto* structure = datum.value.get_if<Struct>()) return Fields{.structure = structure};
  if (auto* map = datum.value.get_if<Map>(); map != nullptr && !datum.schema) return Fields{.map = map};
  if (datum.value.is<Map>()) return fail(ErrorCode::invalid_record, "expected fields, not a map with a schema");
  return no_fields(datum.value);
}

Schema without_fields(const Schema& schema) {
  return {.type = Type::structure,
          .name = schema.name,
          .version = schema.version,
          .doc = schema.doc,
          .parameters = schema.parameters};
}

void become(Datum& datum, SchemaPtr schema, std::vector<Value> values) {
  datum.schema = schema;
  datum.value = Value(Struct{std::move(schema), std::move(values)});
}

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace weir::connect
