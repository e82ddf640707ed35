#include "connect/transforms/field_path.h"

namespace weir::connect {

namespace {

// The name in backticks at the beginning of `rest`, which is taken from it. A backtick ends the name where a dot or the
// end follows; before these, "\`" is a backtick of the name.
Result<std::string> take_in_backticks(std::string_view& rest, std::string_view path) {
  std::string name;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    const bool is_end = rest[i] == '`' && (i + 1 == rest.size() || rest[i + 1] == '.');
    if (!is_end) {
      name.push_back(rest[i]);
    } else if (rest[i - 1] == '\\' && i > 1) {
      name.back() = '`';
    } else {
      rest.remove_prefix(i + 1);
      return name;
    }
  }
  return fail(ErrorCode::invalid_argument, "'" + std::string(path) + "': a backtick that is not closed");
}

}  // namespace

Result<FieldPath> FieldPath::parse(std::string_view text, FieldSyntax syntax) {
  FieldPath path{std::string(text), {}};
  if (syntax == FieldSyntax::v1) {
    path.steps.emplace_back(text);
    return path;
  }
  for (std::string_view rest = text;;) {
    if (rest.starts_with('`')) {
      WEIR_TRY_VAR(name, take_in_backticks(rest, text));
      path.steps.push_back(std::move(name));
    } else {
      const auto end = std::min(rest.find('.'), rest.size());
      path.steps.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (rest.empty()) return path;
    rest.remove_prefix(1);  // the dot
  }
}

const SchemaPtr* FieldPath::schema_in(const Schema& schema) const {
  const Schema* inside = &schema;
  const SchemaPtr* found = nullptr;
  for (const std::string& step : steps) {
    const SchemaField* field = inside->field(step);
    if (field == nullptr) return nullptr;
    found = &field->schema;
    inside = field->schema.get();
  }
  return found;
}

const Value* FieldPath::find_in(const Value& value) const {
  const Value* inside = &value;
  for (const std::string& step : steps) {
    if (const auto* map = inside->get_if<Map>()) {
      inside = map->find(step);
    } else if (const auto* structure = inside->get_if<Struct>()) {
      inside = structure->find(step);
    } else {
      return nullptr;
    }
    if (inside == nullptr) return nullptr;
  }
  return inside;
}

FieldPath path_of(const SettingsUnder& settings, std::string_view name, std::vector<Error>& problems) {
  const auto syntax = static_cast<FieldSyntax>(settings.choice(kFieldSyntax.name));
  auto path = FieldPath::parse(settings.text(name), syntax);
  if (path) return *std::move(path);
  problems.push_back(settings.wrong(name, path.error().detail));
  return {};
}

}  // namespace weir::connect
