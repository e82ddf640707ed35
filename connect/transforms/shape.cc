// Flatten and ReplaceField: the same fields under other names, or fewer of them.
#include <map>

#include "connect/transforms/part_transform.h"

namespace weir::connect {

namespace {

constexpr Setting kFlatten[] = {
    {.name = "delimiter", .otherwise = ".", .meaning = "what stands between the names of a field and of one inside it"},
};

constexpr Setting kReplaceField[] = {
    {.name = "exclude", .meaning = "fields to leave out; it goes before include"},
    {.name = "include", .meaning = "the fields to keep; all if it is not set"},
    {.name = "renames", .meaning = "fields and their new names: old:new, separated by commas"},
    {.name = "blacklist", .meaning = "an older name of exclude"},
    {.name = "whitelist", .meaning = "an older name of include"},
    kReplaceNulls,
};

class Flatten final : public PartTransform {
 public:
  Flatten(Part part, std::string delimiter) : PartTransform(part), delimiter_(std::move(delimiter)) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    WEIR_TRY_VAR(fields, fields_of(datum));
    if (fields.map != nullptr) {
      Map flat;
      WEIR_TRY(take_map(*fields.map, "", flat));
      datum.value = std::move(flat);
      return {};
    }
    WEIR_TRY_VAR(schema, schemas_.of(fields.structure->schema, [this](const Schema& before) -> SchemaPtr {
      auto flat = std::make_shared<Schema>(without_fields(before));
      take_fields(before, "", before.is_optional, before.default_value.get(), *flat);
      return flat;
    }));
    std::vector<Value> values;
    take_values(*fields.structure->schema, fields.structure, values);
    become(datum, std::move(schema), std::move(values));
    return {};
  }

 private:
  std::string joined(const std::string& prefix, const std::string& name) const {
    return prefix.empty() ? name : prefix + delimiter_ + name;
  }

  Result<> take_map(Map& map, const std::string& prefix, Map& flat) const {
    for (auto& [key, value] : map.entries) {
      const auto* name = key.get_if<std::string>();
      if (name == nullptr) {
        return fail(ErrorCode::invalid_record, "a map whose key is " + std::string(name_of_type(key)));
      }
      const std::string full = joined(prefix, *name);
      if (auto* inside = value.get_if<Map>()) {
        WEIR_TRY(take_map(*inside, full, flat));
      } else {
        flat.entries.emplace_back(Value(full), std::move(value));
      }
    }
    return {};
  }

  // Fields of a struct that may be null may be null, too; what its default says of them is theirs.
  void take_fields(const Schema& schema, const std::string& prefix, bool is_optional, const Value* otherwise,
                   Schema& flat) const {
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      const SchemaField& field = schema.fields[i];
      const std::string full = joined(prefix, field.name);
      const Value* own = field.schema->default_value.get();
      if (const auto* parent = otherwise != nullptr ? otherwise->get_if<Struct>() : nullptr; own == nullptr && parent) {
        own = &parent->values[i];
      }
      const bool may_be_null = is_optional || field.schema->is_optional;
      if (field.schema->type == Type::structure) {
        take_fields(*field.schema, full, may_be_null, own, flat);
        continue;
      }
      auto changed = std::make_shared<Schema>(*field.schema);
      changed->is_optional = may_be_null;
      if (own != nullptr && !own->is_null()) changed->default_value = std::make_shared<const Value>(*own);
      flat.fields.push_back({full, std::move(changed)});
    }
  }

  static void take_values(const Schema& schema, Struct* from, std::vector<Value>& values) {
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      Value* value = from != nullptr ? &from->values[i] : nullptr;
      if (schema.fields[i].schema->type == Type::structure) {
        take_values(*schema.fields[i].schema, value != nullptr ? value->get_if<Struct>() : nullptr, values);
      } else {
        values.push_back(value != nullptr ? std::move(*value) : Value());
      }
    }
  }

  std::string delimiter_;
  SchemaCache schemas_;
};

class ReplaceField final : public PartTransform {
 public:
  struct Names {
    std::vector<std::string> exclude;
    std::vector<std::string> include;
    std::map<std::string, std::string> renames;
  };

  ReplaceField(Part part, Names names, Nulls nulls) : PartTransform(part), names_(std::move(names)), nulls_(nulls) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    WEIR_TRY_VAR(fields, fields_of(datum));
    if (fields.map != nullptr) {
      change_map(*fields.map);
      return {};
    }
    const Schema& before = *fields.structure->schema;
    WEIR_TRY_VAR(schema, schemas_.of(fields.structure->schema, [this](const Schema& is) { return changed(is); }));
    std::vector<Value> values;
    for (std::size_t i = 0; i < before.fields.size(); ++i) {
      if (!is_kept(before.fields[i].name)) continue;
      Value& value = fields.structure->values[i];
      values.push_back(value.is_null() ? value_or_default(*before.fields[i].schema, value, nulls_) : std::move(value));
    }
    become(datum, std::move(schema), std::move(values));
    return {};
  }

 private:
  bool is_kept(const std::string& name) const {
    return !is_among(names_.exclude, name) && (names_.include.empty() || is_among(names_.include, name));
  }
  const std::string& renamed(const std::string& name) const {
    auto found = names_.renames.find(name);
    return found != names_.renames.end() ? found->second : name;
  }

  void change_map(Map& map) const {
    Map changed;
    for (auto& [key, value] : map.entries) {
      const auto* name = key.get_if<std::string>();
      if (name != nullptr && is_kept(*name)) changed.entries.emplace_back(Value(renamed(*name)), std::move(value));
    }
    map = std::move(changed);
  }

  SchemaPtr changed(const Schema& before) const {
    auto schema = std::make_shared<Schema>(without_fields(before));
    for (const SchemaField& field : before.fields) {
      if (is_kept(field.name)) schema->fields.push_back({renamed(field.name), field.schema});
    }
    return schema;
  }

  Names names_;
  Nulls nulls_;
  SchemaCache schemas_;
};

std::unique_ptr<Transform> make_replace_field(const SettingsUnder& settings, Part part, std::vector<Error>& problems) {
  ReplaceField::Names names;
  names.exclude = settings.list(settings.is_set("exclude") ? "exclude" : "blacklist");
  names.include = settings.list(settings.is_set("include") ? "include" : "whitelist");
  for (const std::string& pair : settings.list("renames")) {
    const auto colon = pair.find(':');
    const bool is_pair = colon != std::string::npos && colon > 0 && colon + 1 < pair.size() &&
                         pair.find(':', colon + 1) == std::string::npos;
    if (!is_pair) {
      problems.push_back(settings.wrong("renames", "'" + pair + "' must be old:new"));
      continue;
    }
    names.renames[pair.substr(0, colon)] = pair.substr(colon + 1);
  }
  return std::make_unique<ReplaceField>(part, std::move(names), nulls_of(settings));
}

}  // namespace

std::vector<TransformClass> shape_transforms() {
  return {
      {"Flatten", true, kFlatten, "takes fields out of the fields they are in, under names made of both",
       [](const SettingsUnder& settings, Part part, std::vector<Error>&) -> std::unique_ptr<Transform> {
         return std::make_unique<Flatten>(part, settings.text("delimiter"));
       }},
      {"ReplaceField", true, kReplaceField, "leaves out fields and gives them other names", make_replace_field},
  };
}

}  // namespace weir::connect
