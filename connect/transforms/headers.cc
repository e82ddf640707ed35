// DropHeaders, InsertHeader, HeaderFrom, and Filter.
#include <algorithm>

#include "connect/data/text_value.h"
#include "connect/transforms/part_transform.h"

namespace weir::connect {

namespace {

constexpr Setting kDropHeaders[] = {
    {.name = "headers",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "names of headers to leave out"},
};

constexpr Setting kInsertHeader[] = {
    {.name = "header", .presence = Presence::required, .meaning = "the header's name"},
    {.name = "value.literal",
     .presence = Presence::required,
     .meaning = "its value; what looks like a number, a boolean, a date, a list or a map becomes one"},
};

constexpr Setting kHeaderFrom[] = {
    {.name = "fields",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "names of the fields that become headers"},
    {.name = "headers",
     .type = SettingType::list,
     .presence = Presence::required,
     .meaning = "the names of these headers, in the same order"},
    {.name = "operation",
     .type = SettingType::choice,
     .presence = Presence::required,
     .choices = "move|copy",
     .meaning = "move: the fields are taken out; copy: they stay"},
    kReplaceNulls,
};

class DropHeaders final : public Transform {
 public:
  explicit DropHeaders(std::vector<std::string> names) : names_(std::move(names)) {}
  Result<Kept> apply(ConnectRecord& record) override {
    std::erase_if(record.headers, [this](const ConnectHeader& header) { return is_among(names_, header.key); });
    return Kept::yes;
  }

 private:
  std::vector<std::string> names_;
};

class InsertHeader final : public Transform {
 public:
  explicit InsertHeader(ConnectHeader header) : header_(std::move(header)) {}
  Result<Kept> apply(ConnectRecord& record) override {
    record.headers.push_back(header_);
    return Kept::yes;
  }

 private:
  ConnectHeader header_;
};

class Filter final : public Transform {
 public:
  Result<Kept> apply(ConnectRecord&) override { return Kept::no; }
};

class HeaderFrom final : public PartTransform {
 public:
  HeaderFrom(Part part, std::vector<std::string> fields, std::vector<std::string> headers, bool is_move, Nulls nulls)
      : PartTransform(part),
        fields_(std::move(fields)),
        headers_(std::move(headers)),
        is_move_(is_move),
        nulls_(nulls) {}

 protected:
  Result<> change_null(ConnectRecord&) override { return fail(no_fields(Value()).value().at(part_name())); }

  Result<> change(Datum& datum, ConnectRecord& record) override {
    WEIR_TRY_VAR(fields, fields_of(datum));
    if (fields.map != nullptr) {
      change_map(*fields.map, record);
      return {};
    }
    return change_struct(datum, *fields.structure, record);
  }

 private:
  void change_map(Map& map, ConnectRecord& record) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const Value* found = map.find(fields_[i]);
      record.headers.push_back({headers_[i], {nullptr, found != nullptr ? *found : Value()}});
    }
    if (!is_move_) return;
    for (const std::string& field : fields_) map.erase(field);
  }

  Result<> change_struct(Datum& datum, Struct& structure, ConnectRecord& record) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const auto index = structure.schema->index_of(fields_[i]);
      if (!index) return fail(ErrorCode::invalid_record, "there is no field '" + fields_[i] + "'");
      const SchemaPtr& schema = structure.schema->fields[*index].schema;
      record.headers.push_back({headers_[i], {schema, value_or_default(*schema, structure.values[*index], nulls_)}});
    }
    if (!is_move_) return {};
    WEIR_TRY_VAR(smaller, schemas_.of(structure.schema, [this](const Schema& schema) { return without(schema); }));
    std::vector<Value> values;
    for (std::size_t i = 0; i < structure.values.size(); ++i) {
      if (!is_among(fields_, structure.schema->fields[i].name)) values.push_back(std::move(structure.values[i]));
    }
    become(datum, std::move(smaller), std::move(values));
    return {};
  }

  SchemaPtr without(const Schema& schema) const {
    auto smaller = std::make_shared<Schema>(without_fields(schema));
    for (const SchemaField& field : schema.fields) {
      if (!is_among(fields_, field.name)) smaller->fields.push_back(field);
    }
    return smaller;
  }

  std::vector<std::string> fields_;
  std::vector<std::string> headers_;
  bool is_move_;
  Nulls nulls_;
  SchemaCache schemas_;
};

std::unique_ptr<Transform> make_header_from(const SettingsUnder& settings, Part part, std::vector<Error>& problems) {
  auto fields = settings.list("fields");
  auto headers = settings.list("headers");
  if (fields.size() != headers.size()) {
    problems.push_back(settings.wrong("headers", "must be as many as 'fields': " + std::to_string(fields.size())));
  }
  return std::make_unique<HeaderFrom>(part, std::move(fields), std::move(headers), settings.choice("operation") == 0,
                                      nulls_of(settings));
}

}  // namespace

std::vector<TransformClass> header_transforms() {
  return {
      {"DropHeaders", false, kDropHeaders, "leaves out headers",
       [](const SettingsUnder& settings, Part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         return std::make_unique<DropHeaders>(settings.list("headers"));
       }},
      {"Filter",
       false,
       {},
       "leaves out records for which its predicate holds",
       [](const SettingsUnder&, Part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         return std::make_unique<Filter>();
       }},
      {"HeaderFrom", true, kHeaderFrom, "moves or copies fields to headers", make_header_from},
      {"InsertHeader", false, kInsertHeader, "adds a header",
       [](const SettingsUnder& settings, Part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         return std::make_unique<InsertHeader>(
             ConnectHeader{settings.text("header"), datum_of_text(settings.text("value.literal"))});
       }},
  };
}

}  // namespace weir::connect
