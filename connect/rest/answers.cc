#include "connect/rest/answers.h"

#include "connect/herder/json_text.h"
#include "connect/runtime/runner_settings.h"
#include "connect/settings/text.h"

namespace weir::connect {

namespace {

std::string_view type_name(const Setting& setting) {
  if (setting.secret == Secret::yes) return "PASSWORD";
  switch (setting.type) {
    case SettingType::text:
    case SettingType::choice:
      return "STRING";
    case SettingType::list:
      return "LIST";
    case SettingType::integer:
      return "LONG";
    case SettingType::flag:
      return "BOOLEAN";
  }
  return "STRING";
}

std::string strings_json(const std::vector<std::string>& strings) {
  std::string out = "[";
  for (const auto& one : strings) {
    if (out.size() > 1) out += ',';
    append_json_string(one, out);
  }
  return out + "]";
}

std::string definition_json(const Setting& setting, int order) {
  const bool is_required = setting.presence == Presence::required;
  std::string out = "{";
  append_member("name", setting.name, out);
  append_member("type", type_name(setting), out);
  append_member("required", out);
  out += is_required ? "true" : "false";
  append_member("default_value", out);
  if (is_required || setting.otherwise.empty()) {
    out += "null";
  } else {
    append_json_string(setting.otherwise, out);
  }
  append_member("importance", is_required ? "HIGH" : "MEDIUM", out);
  append_member("documentation", setting.meaning, out);
  append_member("group", "Common", out);
  append_member("width", "NONE", out);
  append_member("display_name", setting.name, out);
  append_member("dependents", out);
  out += "[]";
  append_member("order", out);
  return out + std::to_string(order) + "}";
}

std::string value_json(const Setting& setting, const ConfigMap& config, const std::vector<std::string>& errors) {
  std::string out = "{";
  append_member("name", setting.name, out);
  append_member("value", out);
  const auto given = config.find(std::string(setting.name));
  if (given != config.end()) {
    append_json_string(setting.secret == Secret::yes && !given->second.empty() ? kHidden : given->second, out);
  } else if (setting.otherwise.empty()) {
    out += "null";
  } else {
    append_json_string(setting.otherwise, out);
  }
  append_member("recommended_values", out);
  out += strings_json(split(setting.choices, '|'));
  append_member("errors", out);
  out += strings_json(errors);
  append_member("visible", out);
  return out + "true}";
}

// "connector orders: format = 'tsv': must be ...": whether it is about that setting.
bool is_about(const Error& problem, const std::string& connector, std::string_view setting) {
  const std::string begin = "connector " + connector + ": " + std::string(setting);
  const auto at = problem.detail.find(begin);
  if (at == std::string::npos) return false;
  const std::string_view rest = std::string_view(problem.detail).substr(at + begin.size());
  return rest.starts_with(": ") || rest.starts_with(" = '");
}

void append_status(const RunStatus& status, std::string& out) {
  append_member("state", name_of(status.state), out);
  append_member("worker_id", status.worker, out);
  if (!status.trace.empty()) append_member("trace", status.trace, out);
}

template <class Use>
void for_each_setting(const ConnectorClass& kind, Use&& use) {
  int order = 0;
  for (SettingTable table : tables_of(kind)) {
    for (const Setting& setting : table) use(setting, ++order);
  }
}

}  // namespace

RestAnswer error_answer(int status, std::string_view message) {
  std::string body = "{\"error_code\":" + std::to_string(status);
  append_member("message", message, body);
  return {status, body + "}"};
}

std::string config_json(const ConfigMap& config, const ConnectorWorld& world) {
  std::string out;
  append_text_map(hide_secrets(config, world), out);
  return out;
}

std::string info_json(const ConnectorInfo& info, const ConnectorWorld& world) {
  std::string out = "{";
  append_member("name", info.name, out);
  append_member("config", out);
  out += config_json(info.config, world);
  append_member("tasks", out);
  out += '[';
  for (const auto& task : info.tasks) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_member("connector", task.connector, out);
    append_member("task", out);
    out += std::to_string(task.task) + "}";
  }
  out += ']';
  append_member("type", info.type, out);
  return out + "}";
}

std::string task_status_json(std::int32_t task, const RunStatus& status) {
  std::string out = "{\"id\":" + std::to_string(task);
  append_status(status, out);
  return out + "}";
}

std::string status_json(const ConnectorStatus& status) {
  std::string out = "{";
  append_member("name", status.name, out);
  append_member("connector", out);
  out += '{';
  append_status(status.connector, out);
  out += '}';
  append_member("tasks", out);
  out += '[';
  for (const auto& [task, one] : status.tasks) {
    if (out.back() != '[') out += ',';
    out += task_status_json(task, one);
  }
  out += ']';
  append_member("type", status.type, out);
  return out + "}";
}

std::string offsets_json(const std::vector<ConnectorOffset>& offsets) {
  std::string out = "{\"offsets\":[";
  for (const auto& offset : offsets) {
    if (out.back() != '[') out += ',';
    out += "{\"partition\":" + offset.partition + ",\"offset\":" + offset.offset.value_or("null") + "}";
  }
  return out + "]}";
}

std::string plugins_json(const ConnectorWorld& world, const std::string& version) {
  std::string out = "[";
  for (const ConnectorClass& kind : world.classes.all()) {
    if (out.size() > 1) out += ',';
    out += '{';
    append_member("class", kind.names.front(), out);
    append_member("type", kind.is_source() ? "source" : "sink", out);
    append_member("version", version, out);
    out += '}';
  }
  return out + "]";
}

std::string plugin_settings_json(const ConnectorClass& kind) {
  std::string out = "[";
  for_each_setting(kind, [&](const Setting& setting, int order) {
    if (out.size() > 1) out += ',';
    out += definition_json(setting, order);
  });
  return out + "]";
}

std::string validation_json(const ConnectorClass& kind, const ConfigMap& config, const ConnectorWorld& world) {
  const ConnectorConfig whole = ConnectorConfig::of(config);
  std::vector<Error> problems;
  (void)check_settings(whole, world, problems);
  std::vector<bool> is_told(problems.size());
  const auto errors_of = [&](std::string_view name, bool is_last_resort) {
    std::vector<std::string> errors;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      if (is_told[i] || !(is_last_resort || is_about(problems[i], whole.connector_name(), name))) continue;
      is_told[i] = true;
      errors.push_back(problems[i].detail);
    }
    return errors;
  };
  // What is about no setting that there is, such as a misspelt one, is told with the class.
  for_each_setting(kind, [&](const Setting& setting, int) {
    for (std::size_t i = 0; i < problems.size(); ++i) {
      if (is_about(problems[i], whole.connector_name(), setting.name)) is_told[i] = true;
    }
  });
  auto of_class = errors_of("", true);
  std::fill(is_told.begin(), is_told.end(), false);
  std::string configs = "[";
  for_each_setting(kind, [&](const Setting& setting, int order) {
    if (configs.size() > 1) configs += ',';
    auto errors = errors_of(setting.name, false);
    if (setting.name == "connector.class") errors.insert(errors.end(), of_class.begin(), of_class.end());
    configs += "{\"definition\":" + definition_json(setting, order) +
               ",\"value\":" + value_json(setting, config, errors) + "}";
  });
  std::string out = "{";
  append_member("name", kind.names.front(), out);
  append_member("error_count", out);
  out += std::to_string(problems.size());
  append_member("groups", out);
  out += "[\"Common\"]";
  append_member("configs", out);
  return out + configs + "]}";
}

}  // namespace weir::connect
