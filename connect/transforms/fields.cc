// ExtractField, HoistField, InsertField, MaskField and ValueToKey: fields that come, go, or are covered.
#include "connect/data/text_value.h"
#include "connect/transforms/field_path.h"
#include "connect/transforms/number_cast.h"
#include "connect/transforms/part_transform.h"

namespace weir::connect {

namespace {

constexpr Setting kExtractField[] = {
    {.name = "field", .presence = Presence::required, .meaning = "the field whose value becomes the whole"},
    kFieldSyntax,
    kReplaceNulls,
};

constexpr Setting kHoistField[] = {
    {.name = "field", .presence = Presence::required, .meaning = "the name of the one field that holds the whole then"},
};

constexpr Setting kInsertField[] = {
    {.name = "topic.field",
     .meaning = "a field for the topic's name; '!' behind it: required in its schema, '?': may be null (as without)"},
    {.name = "partition.field", .meaning = "a field for the partition's number"},
    {.name = "offset.field", .meaning = "of sinks: a field for the record's offset"},
    {.name = "timestamp.field", .meaning = "a field for the record's timestamp"},
    {.name = "static.field", .meaning = "a field for static.value"},
    {.name = "static.value", .meaning = "a text"},
    kReplaceNulls,
};

constexpr Setting kMaskField[] = {
    {.name = "fields",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "the fields to cover: a number becomes 0, a text empty, a boolean false, a list or map empty"},
    {.name = "replacement", .meaning = "of numbers and texts: what stands there instead"},
    kReplaceNulls,
};

constexpr Setting kValueToKey[] = {
    {.name = "fields",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "the fields of the value that make the key"},
    {.name = "topics", .meaning = "only records of these topics; all if it is not set"},
    kReplaceNulls,
};

class ExtractField final : public PartTransform {
 public:
  ExtractField(Part part, FieldPath path, Nulls nulls) : PartTransform(part), path_(std::move(path)), nulls_(nulls) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    WEIR_TRY(fields_of(datum));
    const SchemaPtr* schema = datum.schema ? path_.schema_in(*datum.schema) : nullptr;
    if (datum.schema && schema == nullptr) {
      return fail(ErrorCode::invalid_record, "there is no field '" + path_.text + "'");
    }
    const Value* found = path_.find_in(datum.value);
    Datum extracted;
    if (found != nullptr) extracted.value = *found;
    if (schema != nullptr) {
      extracted.schema = *schema;
      extracted.value = value_or_default(**schema, extracted.value, nulls_);
    }
    datum = std::move(extracted);
    return {};
  }

 private:
  FieldPath path_;
  Nulls nulls_;
};

class HoistField final : public PartTransform {
 public:
  HoistField(Part part, std::string name) : PartTransform(part), name_(std::move(name)) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override { return hoist(datum); }
  Result<> change_null(ConnectRecord& record) override {
    WEIR_TRY_VAR(datum, payload(record).change());
    return hoist(*datum);
  }

 private:
  Result<> hoist(Datum& datum) {
    if (!datum.schema) {
      Map map;
      map.set(name_, std::move(datum.value));
      datum.value = std::move(map);
      return {};
    }
    WEIR_TRY_VAR(schema, schemas_.of(datum.schema, [&](const Schema&) -> SchemaPtr {
      return std::make_shared<Schema>(Schema{.type = Type::structure, .fields = {{name_, datum.schema}}});
    }));
    std::vector<Value> values;
    values.push_back(std::move(datum.value));
    become(datum, std::move(schema), std::move(values));
    return {};
  }

  std::string name_;
  SchemaCache schemas_;
};

struct Insertion {
  enum class What { topic, partition, offset, timestamp, text };
  What what;
  std::string field;
  bool is_optional = true;
};

class InsertField final : public PartTransform {
 public:
  InsertField(Part part, std::vector<Insertion> insertions, std::string text, Nulls nulls)
      : PartTransform(part), insertions_(std::move(insertions)), text_(std::move(text)), nulls_(nulls) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord& record) override {
    WEIR_TRY_VAR(fields, fields_of(datum));
    if (fields.map != nullptr) {
      for (const Insertion& insertion : insertions_) {
        WEIR_TRY_VAR(value, value_of(insertion, record));
        if (const auto* time = value.get_if<Timestamp>()) value = Value(time->ms);
        if (!value.is_null()) fields.map->set(insertion.field, std::move(value));
      }
      return {};
    }
    return change_struct(datum, *fields.structure, record);
  }

 private:
  Result<> change_struct(Datum& datum, Struct& structure, const ConnectRecord& record) {
    WEIR_TRY_VAR(schema, schemas_.of(structure.schema, [this](const Schema& before) { return with_fields(before); }));
    std::vector<Value> values = std::move(structure.values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Schema& field = *structure.schema->fields[i].schema;
      if (values[i].is_null()) values[i] = value_or_default(field, values[i], nulls_);
    }
    values.resize(schema->fields.size());
    for (const Insertion& insertion : insertions_) {
      WEIR_TRY_VAR(value, value_of(insertion, record));
      if (value.is_null() && !insertion.is_optional) {
        return fail(ErrorCode::invalid_record,
                    "field '" + insertion.field + "' is required, and there is no value for it");
      }
      values[*schema->index_of(insertion.field)] = std::move(value);
    }
    become(datum, std::move(schema), std::move(values));
    return {};
  }

  Result<Value> value_of(const Insertion& insertion, const ConnectRecord& record) const {
    switch (insertion.what) {
      case Insertion::What::topic:
        return Value(std::string_view(record.topic));
      case Insertion::What::partition:
        return record.partition ? Value(*record.partition) : Value();
      case Insertion::What::offset:
        if (!record.origin) return fail(ErrorCode::invalid_record, "only records of sinks have an offset");
        return Value(record.origin->offset.value());
      case Insertion::What::timestamp:
        return record.timestamp_ms >= 0 ? Value(Timestamp{record.timestamp_ms}) : Value();
      case Insertion::What::text:
        return Value(std::string_view(text_));
    }
    return Value();
  }

  static SchemaPtr schema_of_insertion(const Insertion& insertion) {
    const auto plain = [&](Type type) {
      return insertion.is_optional ? optional_schema_of(type) : schema_of(type);
    };
    switch (insertion.what) {
      case Insertion::What::partition:
        return plain(Type::int32);
      case Insertion::What::offset:
        return plain(Type::int64);
      case Insertion::What::timestamp:
        return timestamp_schema(insertion.is_optional);
      case Insertion::What::topic:
      case Insertion::What::text:
        break;
    }
    return plain(Type::string);
  }

  Result<SchemaPtr> with_fields(const Schema& before) const {
    auto schema = std::make_shared<Schema>(without_fields(before));
    schema->fields = before.fields;
    for (const Insertion& insertion : insertions_) {
      if (schema->field(insertion.field) != nullptr) {
        return fail(ErrorCode::invalid_record, "there is a field '" + insertion.field + "' already");
      }
      schema->fields.push_back({insertion.field, schema_of_insertion(insertion)});
    }
    return SchemaPtr(schema);
  }

  std::vector<Insertion> insertions_;
  std::string text_;
  Nulls nulls_;
  SchemaCache schemas_;
};

std::unique_ptr<Transform> make_insert_field(const SettingsUnder& settings, Part part, std::vector<Error>& problems) {
  struct Row {
    std::string_view setting;
    Insertion::What what;
  };
  constexpr Row kRows[] = {{"topic.field", Insertion::What::topic},
                           {"partition.field", Insertion::What::partition},
                           {"offset.field", Insertion::What::offset},
                           {"timestamp.field", Insertion::What::timestamp},
                           {"static.field", Insertion::What::text}};
  std::vector<Insertion> insertions;
  for (const Row& row : kRows) {
    std::string field = settings.text(row.setting);
    if (field.empty()) continue;
    const bool is_required = field.ends_with('!');
    if (is_required || field.ends_with('?')) field.pop_back();
    insertions.push_back({row.what, std::move(field), !is_required});
  }
  if (insertions.empty()) problems.push_back(settings.wrong("static.field", "must be set, or another field to insert"));
  if (settings.is_set("static.field") != settings.is_set("static.value")) {
    problems.push_back(settings.wrong("static.value", "static.field and static.value go together"));
  }
  return std::make_unique<InsertField>(part, std::move(insertions), settings.text("static.value"), nulls_of(settings));
}

class MaskField final : public PartTransform {
 public:
  MaskField(Part part, std::vector<std::string> fields, std::optional<std::string> replacement, Nulls nulls)
      : PartTransform(part), fields_(std::move(fields)), replacement_(std::move(replacement)), nulls_(nulls) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    WEIR_TRY_VAR(fields, fields_of(datum));
    for (const std::string& name : fields_) {
      Value* found = fields.map != nullptr ? fields.map->find(name) : fields.structure->find(name);
      if (found == nullptr) continue;
      if (found->is_null() && fields.structure != nullptr) {
        *found = value_or_default(*fields.structure->schema->field(name)->schema, *found, nulls_);
      }
      auto masked = mask(*found);
      if (!masked) return fail(masked.error().at("field '" + name + "'"));
      *found = *std::move(masked);
    }
    return {};
  }

 private:
  Result<Value> mask(const Value& value) const {
    if (value.is_null()) return value;
    if (replacement_) return replaced(value);
    if (value.is<std::string>()) return Value("");
    if (value.is<bool>()) return Value(false);
    if (value.is<Date>()) return Value(Date{});
    if (value.is<Time>()) return Value(Time{});
    if (value.is<Timestamp>()) return Value(Timestamp{});
    if (value.is<List>()) return Value(List{});
    if (value.is<Map>()) return Value(Map{});
    if (const auto* decimal = value.get_if<Decimal>()) return Decimal::parse("0")->with_scale(decimal->scale);
    if (auto type = number_type_of(value)) return cast_number(Value(std::int64_t{0}), *type);
    return fail(ErrorCode::invalid_record, "cannot cover " + std::string(name_of_type(value)));
  }

  Result<Value> replaced(const Value& value) const {
    if (value.is<std::string>()) return Value(std::string_view(*replacement_));
    auto type = number_type_of(value);
    if (!type && !value.is<Decimal>()) {
      return fail(ErrorCode::invalid_record,
                  "cannot put a replacement in the place of " + std::string(name_of_type(value)));
    }
    if (type) return cast_text(*replacement_, *type);
    auto decimal = Decimal::parse(*replacement_);
    if (decimal) decimal = decimal->with_scale(value.get<Decimal>().scale);
    if (!decimal) return fail(ErrorCode::invalid_record, decimal.error().detail);
    return Value(*std::move(decimal));
  }

  std::vector<std::string> fields_;
  std::optional<std::string> replacement_;
  Nulls nulls_;
};

class ValueToKey final : public Transform {
 public:
  ValueToKey(std::vector<std::string> fields, std::vector<std::string> topics, Nulls nulls)
      : fields_(std::move(fields)), topics_(std::move(topics)), nulls_(nulls) {}

  Result<Kept> apply(ConnectRecord& record) override {
    if (!topics_.empty() && !is_among(topics_, record.topic)) return Kept::yes;
    WEIR_TRY_VAR(datum, record.value.datum());
    auto key = key_of(*datum);
    if (!key) return fail(key.error().at("value"));
    record.key = Payload(*std::move(key));
    return Kept::yes;
  }

 private:
  Result<Datum> key_of(const Datum& datum) {
    if (const auto* map = datum.value.get_if<Map>(); map != nullptr && !datum.schema) {
      Map key;
      for (const std::string& field : fields_) {
        const Value* found = map->find(field);
        key.set(field, found != nullptr ? *found : Value());
      }
      return Datum{nullptr, std::move(key)};
    }
    const auto* structure = datum.value.get_if<Struct>();
    if (structure == nullptr) return no_fields(datum.value);
    WEIR_TRY_VAR(schema, schemas_.of(structure->schema, [this](const Schema& before) { return key_schema(before); }));
    std::vector<Value> values;
    for (const SchemaField& field : schema->fields) {
      values.push_back(value_or_default(*field.schema, *structure->find(field.name), nulls_));
    }
    return Datum{schema, Struct{schema, std::move(values)}};
  }

  Result<SchemaPtr> key_schema(const Schema& before) const {
    auto schema = std::make_shared<Schema>(Schema{.type = Type::structure});
    for (const std::string& name : fields_) {
      const SchemaField* field = before.field(name);
      if (field == nullptr) return fail(ErrorCode::invalid_record, "there is no field '" + name + "'");
      schema->fields.push_back(*field);
    }
    return SchemaPtr(schema);
  }

  std::vector<std::string> fields_;
  std::vector<std::string> topics_;
  Nulls nulls_;
  SchemaCache schemas_;
};

}  // namespace

std::vector<TransformClass> field_transforms() {
  return {
      {"ExtractField", true, kExtractField, "puts one field in the place of the whole",
       [](const SettingsUnder& settings, Part part, std::vector<Error>& problems) -> std::unique_ptr<Transform> {
         return std::make_unique<ExtractField>(part, path_of(settings, "field", problems), nulls_of(settings));
       }},
      {"HoistField", true, kHoistField, "puts the whole into one field",
       [](const SettingsUnder& settings, Part part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         return std::make_unique<HoistField>(part, settings.text("field"));
       }},
      {"InsertField", true, kInsertField, "adds fields: topic, partition, offset, timestamp, a text",
       make_insert_field},
      {"MaskField", true, kMaskField, "covers fields",
       [](const SettingsUnder& settings, Part part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         std::optional<std::string> replacement;
         if (settings.is_set("replacement")) replacement = settings.text("replacement");
         return std::make_unique<MaskField>(part, settings.list("fields"), std::move(replacement), nulls_of(settings));
       }},
      {"ValueToKey", false, kValueToKey, "makes the key of fields of the value",
       [](const SettingsUnder& settings, Part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         return std::make_unique<ValueToKey>(settings.list("fields"), settings.list("topics"), nulls_of(settings));
       }},
  };
}

}  // namespace weir::connect
