#include "connect/settings/connector_config.h"

#include <algorithm>

#include <yaml-cpp/yaml.h>

#include "connect/settings/text.h"
#include "log/base/json_reader.h"

namespace weir::connect {

namespace {

using Values = std::map<std::string, ConnectorConfig::Value>;

tl::unexpected<Error> wrong(const std::string& path, int line, const std::string& what) {
  return fail(ErrorCode::invalid_config, path + ":" + std::to_string(line) + ": " + what);
}

Result<> add(Values& values, const std::string& path, const std::string& name, std::string text, int line) {
  auto [at, is_new] = values.try_emplace(name, ConnectorConfig::Value{std::move(text), line});
  if (!is_new) {
    return wrong(path, line, "'" + name + "' is set twice, first in line " + std::to_string(at->second.line));
  }
  return {};
}

Result<> take_property(Values& values, const std::string& path, const std::string& line, int number) {
  auto separator = line.find_first_of("=:");
  std::string name = trimmed(std::string_view(line).substr(0, separator));
  if (separator == std::string::npos || name.empty()) {
    return wrong(path, number, "expected key=value, not '" + line + "'");
  }
  return add(values, path, name, trimmed(std::string_view(line).substr(separator + 1)), number);
}

Result<Values> parse_properties(const std::string& path, std::string_view text) {
  Values values;
  std::string pending;  // the beginning of a line that '\' continues
  int first_line = 0;
  for (int number = 1; !text.empty(); ++number) {
    auto end = text.find('\n');
    std::string line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pending.empty()) {
      first_line = number;
      if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    }
    bool goes_on = line.ends_with('\\');
    if (goes_on) line.pop_back();
    pending += line;
    if (goes_on) continue;
    WEIR_TRY(take_property(values, path, pending, first_line));
    pending.clear();
  }
  if (!pending.empty()) WEIR_TRY(take_property(values, path, pending, first_line));
  return values;
}

Result<> take_map(Values& values, const std::string& path, const YAML::Node& map) {
  for (const auto& entry : map) {
    auto name = entry.first.as<std::string>();
    const YAML::Node& node = entry.second;
    const int line = entry.first.Mark().line + 1;
    if (name == "config" && node.IsMap()) {
      WEIR_TRY(take_map(values, path, node));
      continue;
    }
    if (node.IsMap()) return wrong(path, line, "'" + name + "' must be a text, a number or a list");
    std::string text = node.IsScalar() ? node.as<std::string>() : "";
    for (const auto& item : node) text += (text.empty() ? "" : ",") + item.as<std::string>();
    WEIR_TRY(add(values, path, name, std::move(text), line));
  }
  return {};
}

Result<Values> parse_yaml(const std::string& path, const std::string& text) {
  try {  // yaml-cpp reports by exceptions
    YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return wrong(path, 1, "expected a map of settings");
    Values values;
    WEIR_TRY(take_map(values, path, root));
    return values;
  } catch (const YAML::Exception& error) {
    return wrong(path, std::max(error.mark.line, 0) + 1, error.msg);
  }
}

// The line in which a member is named: JSON that was read does not say where it stood.
int line_of_member(std::string_view text, std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\"";
  const auto at = text.find(quoted);
  if (at == std::string_view::npos) return 0;
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

Result<std::string> text_of_json(const std::string& path, int line, std::string_view name, const JsonValue& json) {
  if (json.is_null() || json.is_object()) {
    return wrong(path, line, "'" + std::string(name) + "' must be a text, a number or a list");
  }
  if (!json.is_array()) return std::string(json.text());
  std::string joined;
  for (const auto* item = json.first(); item != json.end(); item = item->next()) {
    WEIR_TRY_VAR(text, text_of_json(path, line, name, *item));
    joined += (joined.empty() ? "" : ",") + text;
  }
  return joined;
}

Result<> take_members(Values& values, const std::string& path, std::string_view text, const JsonValue& object) {
  for (const auto* name = object.first(); name != object.end();) {
    const auto* value = name->next();
    if (name->text() == "config" && value->is_object()) {
      WEIR_TRY(take_members(values, path, text, *value));
    } else {
      const int line = line_of_member(text, name->text());
      WEIR_TRY_VAR(setting, text_of_json(path, line, name->text(), *value));
      WEIR_TRY(add(values, path, std::string(name->text()), std::move(setting), line));
    }
    name = value->next();
  }
  return {};
}

Result<Values> parse_json(const std::string& path, const std::string& text) {
  auto document = JsonDocument::parse(text);
  if (!document) return fail(ErrorCode::invalid_config, path + ": " + document.error().detail);
  if (!document->root().is_object()) return wrong(path, 1, "expected an object of settings");
  Values values;
  WEIR_TRY(take_members(values, path, text, document->root()));
  return values;
}

}  // namespace

Error ConnectorConfig::wrong(const std::string& name, const std::string& what, Shown shown) const {
  std::string place = path;
  std::string setting = name;
  if (auto given = values.find(name); given != values.end()) {
    if (given->second.line > 0) place += ":" + std::to_string(given->second.line);
    if (shown == Shown::yes) setting += " = '" + given->second.shown() + "'";
  }
  if (!place.empty()) place += ": ";
  return {ErrorCode::invalid_config, place + "connector " + connector_name() + ": " + setting + ": " + what};
}

std::string ConnectorConfig::connector_name() const {
  const std::string& name = text("name");
  return name.empty() ? path : name;
}

const std::string& ConnectorConfig::text(const std::string& name) const {
  static const std::string kNone;
  auto found = values.find(name);
  return found != values.end() ? found->second.text : kNone;
}

ConnectorConfig ConnectorConfig::of(const std::map<std::string, std::string>& settings) {
  ConnectorConfig config;
  for (const auto& [name, text] : settings) config.values[name].text = text;
  return config;
}

Result<ConnectorConfig> ConnectorConfig::load(FileSystem& files, const std::string& path) {
  WEIR_TRY_VAR(text, read_file(files, path));
  bool is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
  const bool is_json = path.ends_with(".json");
  auto values = is_json ? parse_json(path, text) : is_yaml ? parse_yaml(path, text) : parse_properties(path, text);
  if (!values) return fail(values.error());
  return ConnectorConfig{path, *std::move(values)};
}

}  // namespace weir::connect
