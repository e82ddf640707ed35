// filter and map: transforms that say what they do in the language of log/expression/expression.h.
#include <charconv>

#include "connect/transforms/part_transform.h"
#include "log/expression/expression.h"

namespace weir::connect {

namespace {

using expression::Expression;
using expression::TextKind;
using expression::TextValue;

constexpr Setting kFilterBy[] = {
    {.name = "where",
     .presence = Presence::required,
     .meaning =
         "a condition, as amount > 100 AND country NOT IN ('IT', 'FR'); records for which it holds are kept, all "
         "others left out"},
};

constexpr Setting kMapBy[] = {
    {.name = "set",
     .meaning = "fields and what they become, separated by commas: total = price * count, kind = 'sale'. Each sees the "
                "record as it was"},
    {.name = "drop", .meaning = "fields that are left out"},
};

// A record that is asked about. Names that begin with '_' are not of its value: _key and fields in it (_key.id),
// _topic, _partition, _offset, _timestamp, _headers.NAME.
struct Event {
  const ConnectRecord* record;
  const Value* key;
  const Value* value;
};

// The value at a path of names with dots; a name that is there with its dots goes before. Null: there is none.
const Value* value_at(const Value& value, std::string_view path) {
  if (path.empty()) return &value;
  const auto inside = [&](std::string_view name) -> const Value* {
    if (const auto* map = value.get_if<Map>()) return map->find(name);
    if (const auto* structure = value.get_if<Struct>()) return structure->find(name);
    return nullptr;
  };
  if (const Value* whole = inside(path)) return whole;
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const Value* next = inside(path.substr(0, dot));
  return next != nullptr ? value_at(*next, path.substr(dot + 1)) : nullptr;
}

double double_of(const Decimal& decimal) {
  const std::string text = decimal.to_text();
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

struct AsText {
  TextValue operator()(bool value) const { return TextValue::of(value); }
  TextValue operator()(std::int8_t value) const { return TextValue::of(static_cast<double>(value)); }
  TextValue operator()(std::int16_t value) const { return TextValue::of(static_cast<double>(value)); }
  TextValue operator()(std::int32_t value) const { return TextValue::of(static_cast<double>(value)); }
  TextValue operator()(std::int64_t value) const { return TextValue::of(static_cast<double>(value)); }
  TextValue operator()(float value) const { return TextValue::of(static_cast<double>(value)); }
  TextValue operator()(double value) const { return TextValue::of(value); }
  TextValue operator()(const std::string& value) const { return TextValue::of(std::string_view(value)); }
  TextValue operator()(const Decimal& value) const { return TextValue::of(double_of(value)); }
  TextValue operator()(const Date& value) const { return TextValue::of(static_cast<double>(value.days)); }
  TextValue operator()(const Time& value) const { return TextValue::of(static_cast<double>(value.ms)); }
  TextValue operator()(const Timestamp& value) const { return TextValue::of(static_cast<double>(value.ms)); }
  template <class Other>  // null, bytes, lists, maps, structs
  TextValue operator()(const Other&) const {
    return {};
  }
};

TextValue text_value_of(const Value* value) {
  return value != nullptr ? std::visit(AsText{}, value->alternatives()) : TextValue{};
}

TextValue read_header(const ConnectRecord& record, std::string_view name) {
  for (auto header = record.headers.rbegin(); header != record.headers.rend(); ++header) {
    if (header->key == name) return text_value_of(&header->value.value);
  }
  return {};
}

TextValue read_any(const void* asked, const expression::Field& field) {
  const Event& event = *static_cast<const Event*>(asked);
  const std::string_view name = field.name;
  if (!name.starts_with('_')) return text_value_of(value_at(*event.value, name));
  if (name == "_key") return text_value_of(event.key);
  if (name.starts_with("_key.")) return text_value_of(value_at(*event.key, name.substr(5)));
  if (name.starts_with("_headers.")) return read_header(*event.record, name.substr(9));
  if (name == "_topic") return TextValue::of(std::string_view(event.record->topic));
  if (name == "_timestamp" && event.record->timestamp_ms >= 0) {
    return TextValue::of(static_cast<double>(event.record->timestamp_ms));
  }
  if (name == "_partition" && event.record->partition) {
    return TextValue::of(static_cast<double>(*event.record->partition));
  }
  if (name == "_offset" && event.record->origin) {
    return TextValue::of(static_cast<double>(event.record->origin->offset.value()));
  }
  return text_value_of(value_at(*event.value, name));
}

std::shared_ptr<const expression::FieldTable> any_field() {
  return std::make_shared<const expression::FieldTable>(read_any);
}

Result<Event> event_of(const ConnectRecord& record) {
  WEIR_TRY_VAR(key, record.key.datum());
  WEIR_TRY_VAR(value, record.value.datum());
  return Event{&record, &key->value, &value->value};
}

class FilterBy final : public Transform {
 public:
  explicit FilterBy(std::vector<Expression> parts) : parts_(std::move(parts)) {}

  Result<Kept> apply(ConnectRecord& record) override {
    WEIR_TRY_VAR(event, event_of(record));
    for (const Expression& part : parts_) {
      if (!part.value({&event, nullptr}).is_true()) return Kept::no;
    }
    return Kept::yes;
  }

 private:
  std::vector<Expression> parts_;
};

struct Assignment {
  std::string field;
  Expression expression;
};

class MapBy final : public PartTransform {
 public:
  MapBy(std::vector<Assignment> assignments, std::vector<std::string> dropped)
      : PartTransform(Part::value), assignments_(std::move(assignments)), dropped_(std::move(dropped)) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord& record) override {
    WEIR_TRY_VAR(fields, fields_of(datum));
    WEIR_TRY_VAR(key, record.key.datum());
    const Event event{&record, &key->value, &datum.value};
    std::vector<Value> results;
    for (const Assignment& one : assignments_) results.push_back(result_of(one.expression, event));
    if (fields.map == nullptr) return change_struct(datum, *fields.structure, std::move(results));
    for (const std::string& name : dropped_) fields.map->erase(name);
    for (std::size_t i = 0; i < results.size(); ++i) fields.map->set(assignments_[i].field, std::move(results[i]));
    return {};
  }

 private:
  // A field alone is taken as it is, whatever it is; a calculation's result is a text, a double or a boolean.
  static Value result_of(const Expression& expression, const Event& event) {
    if (expression.field != nullptr && !expression.field->name.starts_with('_')) {
      const Value* found = value_at(*event.value, expression.field->name);
      return found != nullptr ? *found : Value();
    }
    const TextValue value = expression.value({&event, nullptr});
    switch (value.kind) {
      case TextKind::truth:
        return Value(value.number != 0);
      case TextKind::number:
        return Value(value.number);
      case TextKind::text:
        return Value(value.text);
      case TextKind::null:
      case TextKind::any:
        break;
    }
    return {};
  }

  Result<> change_struct(Datum& datum, Struct& structure, std::vector<Value> results) {
    const SchemaPtr before = structure.schema;
    WEIR_TRY_VAR(schema, schemas_.of(before, [this](const Schema& is) { return changed(is); }));
    std::vector<Value> values(schema->fields.size());
    for (std::size_t i = 0; i < before->fields.size(); ++i) {
      if (auto index = schema->index_of(before->fields[i].name)) values[*index] = std::move(structure.values[i]);
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      values[*schema->index_of(assignments_[i].field)] = std::move(results[i]);
    }
    become(datum, std::move(schema), std::move(values));
    return {};
  }

  Result<SchemaPtr> changed(const Schema& before) const {
    auto schema = std::make_shared<Schema>(without_fields(before));
    for (const SchemaField& field : before.fields) {
      if (!is_among(dropped_, field.name)) schema->fields.push_back(field);
    }
    for (const Assignment& one : assignments_) {
      WEIR_TRY_VAR(made, schema_of_result(one.expression, before));
      auto index = schema->index_of(one.field);
      if (index) {
        schema->fields[*index].schema = std::move(made);
      } else {
        schema->fields.push_back({one.field, std::move(made)});
      }
    }
    return SchemaPtr(schema);
  }

  static Result<SchemaPtr> schema_of_result(const Expression& expression, const Schema& before) {
    if (expression.field != nullptr && !expression.field->name.starts_with('_')) {
      const std::string& path = expression.field->name;
      const Schema* inside = &before;
      for (std::string_view rest = path;;) {
        const SchemaField* field = inside->field(rest);
        if (field != nullptr) return with_optional(field->schema, true);
        const auto dot = rest.find('.');
        field = dot == std::string_view::npos ? nullptr : inside->field(rest.substr(0, dot));
        if (field == nullptr) return fail(ErrorCode::invalid_record, "there is no field '" + path + "'");
        inside = field->schema.get();
        rest.remove_prefix(dot + 1);
      }
    }
    switch (expression.kind) {
      case TextKind::truth:
        return optional_schema_of(Type::boolean);
      case TextKind::number:
        return optional_schema_of(Type::float64);
      case TextKind::null:
      case TextKind::text:
        return optional_schema_of(Type::string);
      case TextKind::any:
        break;
    }
    const std::string& name = expression.field->name;  // of the record, not of its value
    const bool is_number = name == "_timestamp" || name == "_partition" || name == "_offset";
    if (is_number || name == "_topic") return optional_schema_of(is_number ? Type::float64 : Type::string);
    return fail(ErrorCode::invalid_record, "of '" + name + "' it is not known what it is, so it has no schema");
  }

  std::vector<Assignment> assignments_;
  std::vector<std::string> dropped_;
  SchemaCache schemas_;
};

Result<std::vector<Expression>> read_where(const std::string& text) {
  expression::Lexer lexer(text);
  WEIR_TRY(lexer.start());
  WEIR_TRY_VAR(parts, expression::read_conditions(lexer, any_field(), {}));
  if (lexer.now().kind != expression::Token::Kind::end)
    return lexer.wrong("the end was expected, not " + lexer.shown());
  return parts;
}

Result<std::vector<Assignment>> read_set(const std::string& text) {
  std::vector<Assignment> assignments;
  expression::Lexer lexer(text);
  WEIR_TRY(lexer.start());
  do {
    const expression::Token name = lexer.now();
    if (name.kind != expression::Token::Kind::word) return lexer.wrong("a field was expected, not " + lexer.shown());
    WEIR_TRY(lexer.advance());
    WEIR_TRY(lexer.expect_sign("="));
    WEIR_TRY_VAR(value, expression::read_expression(lexer, any_field(), {}));
    assignments.push_back({name.text, std::move(value)});
  } while (lexer.take_sign(","));
  if (lexer.now().kind != expression::Token::Kind::end) return lexer.wrong("',' was expected, not " + lexer.shown());
  return assignments;
}

std::unique_ptr<Transform> make_filter_by(const SettingsUnder& settings, Part, std::vector<Error>& problems) {
  auto parts = read_where(settings.text("where"));
  if (parts) return std::make_unique<FilterBy>(*std::move(parts));
  problems.push_back(settings.wrong("where", parts.error().detail));
  return nullptr;
}

std::unique_ptr<Transform> make_map_by(const SettingsUnder& settings, Part, std::vector<Error>& problems) {
  std::vector<Assignment> assignments;
  if (settings.is_set("set")) {
    auto read = read_set(settings.text("set"));
    if (read) {
      assignments = *std::move(read);
    } else {
      problems.push_back(settings.wrong("set", read.error().detail));
    }
  } else if (!settings.is_set("drop")) {
    problems.push_back(settings.wrong("set", "must be set, or 'drop'"));
  }
  return std::make_unique<MapBy>(std::move(assignments), settings.list("drop"));
}

}  // namespace

std::vector<TransformClass> expression_transforms() {
  return {
      {"filter", false, kFilterBy, "keeps the records for which a condition holds", make_filter_by},
      {"map", false, kMapBy, "sets fields to what expressions come to, and leaves out others", make_map_by},
  };
}

}  // namespace weir::connect
