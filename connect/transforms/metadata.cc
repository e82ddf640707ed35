// RegexRouter, SetSchemaMetadata: what is said of a record, not what is in it.
#include "connect/transforms/part_transform.h"
#include "log/base/regex.h"

namespace weir::connect {

namespace {

constexpr Setting kRegexRouter[] = {
    {.name = "regex",
     .presence = Presence::required,
     .meaning = "a regular expression (RE2) that the whole name of the topic must match"},
    {.name = "replacement",
     .presence = Presence::required,
     .meaning = "the topic then; $1 is what the first group matched, ${name} what a group of that name did"},
};

constexpr Setting kSetSchemaMetadata[] = {
    {.name = "schema.name", .meaning = "the schema's name"},
    {.name = "schema.version", .meaning = "the schema's version"},
    kReplaceNulls,
};

class RegexRouter final : public Transform {
 public:
  RegexRouter(Regex pattern, std::string replacement)
      : pattern_(std::move(pattern)), replacement_(std::move(replacement)) {}
  Result<Kept> apply(ConnectRecord& record) override {
    if (auto topic = pattern_.replace_whole(record.topic, replacement_)) record.topic = *std::move(topic);
    return Kept::yes;
  }

 private:
  Regex pattern_;
  std::string replacement_;
};

class SetSchemaMetadata final : public PartTransform {
 public:
  SetSchemaMetadata(Part part, std::string name, std::optional<std::int32_t> version, Nulls nulls)
      : PartTransform(part), name_(std::move(name)), version_(version), nulls_(nulls) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    if (!datum.schema) return fail(ErrorCode::invalid_record, "it has no schema whose name could be set");
    WEIR_TRY_VAR(schema, schemas_.of(datum.schema, [this](const Schema& before) -> SchemaPtr {
      auto changed = std::make_shared<Schema>(before);
      if (!name_.empty()) changed->name = name_;
      if (version_) changed->version = version_;
      return changed;
    }));
    datum.schema = schema;
    if (auto* structure = datum.value.get_if<Struct>()) take_defaults(*structure, schema);
    return {};
  }

 private:
  void take_defaults(Struct& structure, const SchemaPtr& schema) const {
    structure.schema = schema;
    for (std::size_t i = 0; i < structure.values.size(); ++i) {
      Value& value = structure.values[i];
      if (value.is_null()) value = value_or_default(*schema->fields[i].schema, value, nulls_);
    }
  }

  std::string name_;
  std::optional<std::int32_t> version_;
  Nulls nulls_;
  SchemaCache schemas_;
};

std::unique_ptr<Transform> make_regex_router(const SettingsUnder& settings, Part, std::vector<Error>& problems) {
  auto pattern = Regex::compile(settings.text("regex"));
  if (!pattern) {
    problems.push_back(settings.wrong("regex", pattern.error().detail));
    return nullptr;
  }
  if (auto checked = pattern->check_replacement(settings.text("replacement")); !checked) {
    problems.push_back(settings.wrong("replacement", checked.error().detail));
  }
  return std::make_unique<RegexRouter>(*std::move(pattern), settings.text("replacement"));
}

std::unique_ptr<Transform> make_set_schema_metadata(const SettingsUnder& settings, Part part,
                                                    std::vector<Error>& problems) {
  std::optional<std::int32_t> version;
  if (const std::string& text = settings.text("schema.version"); !text.empty()) {
    std::size_t end = 0;
    int number = 0;
    try {
      number = std::stoi(text, &end);
    } catch (const std::exception&) {
      end = 0;
    }
    if (end != text.size()) problems.push_back(settings.wrong("schema.version", "must be a number of 32 bits"));
    version = number;
  }
  if (!version && settings.text("schema.name").empty()) {
    problems.push_back(settings.wrong("schema.name", "must be set, or schema.version"));
  }
  return std::make_unique<SetSchemaMetadata>(part, settings.text("schema.name"), version, nulls_of(settings));
}

}  // namespace

std::vector<TransformClass> metadata_transforms() {
  return {
      {"RegexRouter", false, kRegexRouter, "gives records whose topic matches another topic", make_regex_router},
      {"SetSchemaMetadata", true, kSetSchemaMetadata, "sets the name or version of a schema", make_set_schema_metadata},
  };
}

}  // namespace weir::connect
