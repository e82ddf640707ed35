#include "connect/connectors/sql/record_row.h"

#include <algorithm>

namespace weir::connect {

namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The fields of a struct or of a map with texts for keys.
Result<> append_fields(const Datum& datum, std::string_view what, std::vector<RecordRow::Field>& fields) {
  if (const auto* structure = datum.value.get_if<Struct>()) {
    for (std::size_t i = 0; i < structure->values.size(); ++i) {
      const SchemaField& field = structure->schema->fields[i];
      fields.push_back({field.name, &structure->values[i], &field.schema});
    }
    return {};
  }
  if (const auto* map = datum.value.get_if<Map>()) {
    for (const auto& [name, value] : map->entries) {
      const auto* text = name.get_if<std::string>();
      if (text == nullptr) return fail(ErrorCode::invalid_record, std::string(what) + " has a key that is no text");
      fields.push_back({*text, &value, nullptr});
    }
    return {};
  }
  return fail(ErrorCode::invalid_record, std::string(what) + " is " + std::string(name_of_type(datum.value)) +
                                             ", and has no fields that could be columns");
}

Result<> take_named(const std::vector<RecordRow::Field>& from, const std::vector<std::string>& names,
                    std::string_view what, std::vector<RecordRow::Field>& into) {
  if (names.empty()) {
    into = from;
    return {};
  }
  for (const std::string& name : names) {
    auto found = std::find_if(from.begin(), from.end(), [&](const auto& field) { return field.name == name; });
    if (found == from.end()) {
      return fail(ErrorCode::invalid_record, std::string(what) + " has no field '" + name + "'");
    }
    into.push_back(*found);
  }
  return {};
}

bool has_fields(const Value& value) {
  return value.is<Struct>() || value.is<Map>();
}

}  // namespace

SchemaPtr schema_of_value(const Value& value) {
  return std::visit(overloaded{
                        [](bool) { return optional_schema_of(Type::boolean); },
                        [](std::int8_t) { return optional_schema_of(Type::int8); },
                        [](std::int16_t) { return optional_schema_of(Type::int16); },
                        [](std::int32_t) { return optional_schema_of(Type::int32); },
                        [](std::int64_t) { return optional_schema_of(Type::int64); },
                        [](float) { return optional_schema_of(Type::float32); },
                        [](double) { return optional_schema_of(Type::float64); },
                        [](const Blob&) { return optional_schema_of(Type::bytes); },
                        [](const Decimal& decimal) { return decimal_schema(decimal.scale, true); },
                        [](const Date&) { return date_schema(true); },
                        [](const Time&) { return time_schema(true); },
                        [](const Timestamp&) { return timestamp_schema(true); },
                        [](const auto&) { return optional_schema_of(Type::string); },
                    },
                    value.alternatives());
}

SchemaPtr RecordRow::Field::schema() const {
  return known != nullptr && *known != nullptr ? *known : schema_of_value(*value);
}

Result<> RecordRows::row_of(ConnectRecord& record, RecordRow& row) {
  row.table = options_.table;
  row.keys.clear();
  row.others.clear();
  row.goes = false;
  constexpr std::string_view kTopic = "${topic}";
  if (auto place = row.table.find(kTopic); place != std::string::npos) {
    row.table.replace(place, kTopic.size(), record.topic);
  }
  if (options_.key == PrimaryKey::kafka) WEIR_TRY(add_kafka_key(record, row));
  if (options_.key == PrimaryKey::record_key) WEIR_TRY(add_record_key(record, row));
  if (record.value.is_null()) {
    row.goes = options_.deletes;
    if (row.goes) return {};
    return fail(ErrorCode::invalid_record,
                "it has no value; delete.enabled = true with pk.mode = record_key takes such rows away");
  }
  WEIR_TRY_VAR(value, record.value.datum());
  fields_.clear();
  WEIR_TRY(append_fields(*value, "the value", fields_));
  if (options_.key == PrimaryKey::record_value) {
    WEIR_TRY(take_named(fields_, options_.key_fields, "the value", row.keys));
  }
  for (const auto& field : fields_) {
    if (!options_.fields.empty() && !is_among(options_.fields, field.name)) continue;
    const bool is_key =
        std::any_of(row.keys.begin(), row.keys.end(), [&](const auto& key) { return key.name == field.name; });
    if (!is_key) row.others.push_back(field);
  }
  if (row.keys.empty() && row.others.empty()) return fail(ErrorCode::invalid_record, "it has no field to write");
  return {};
}

Result<> RecordRows::add_kafka_key(const ConnectRecord& record, RecordRow& row) {
  if (!record.origin) return fail(ErrorCode::invalid_record, "it is of no topic");
  kept_.push_back(Value(record.origin->partition->topic));
  kept_.push_back(Value(std::int32_t{record.origin->partition->partition.value()}));
  kept_.push_back(Value(std::int64_t{record.origin->offset.value()}));
  for (std::size_t i = 0; i < 3; ++i) {
    row.keys.push_back({options_.key_fields[i], &kept_[kept_.size() - 3 + i], nullptr});
  }
  return {};
}

Result<> RecordRows::add_record_key(ConnectRecord& record, RecordRow& row) {
  if (record.key.is_null()) return fail(ErrorCode::invalid_record, "it has no key, and pk.mode is record_key");
  WEIR_TRY_VAR(key, record.key.datum());
  if (has_fields(key->value)) {
    fields_.clear();
    WEIR_TRY(append_fields(*key, "the key", fields_));
    return take_named(fields_, options_.key_fields, "the key", row.keys);
  }
  if (options_.key_fields.size() != 1) {
    return fail(ErrorCode::invalid_record,
                "its key is " + std::string(name_of_type(key->value)) + ": pk.fields must name one column for it");
  }
  row.keys.push_back({options_.key_fields[0], &key->value, &key->schema});
  return {};
}

}  // namespace weir::connect
