#include "connect/herder/herder.h"

#include "connect/runtime/runner_settings.h"

namespace weir::connect {

namespace {

const ConnectorClass* kind_of(const ConfigMap& config, const ConnectorWorld& world) {
  const auto found = config.find("connector.class");
  return found == config.end() ? nullptr : world.classes.find(found->second);
}

std::set<std::string> secrets_of(const ConfigMap& config, const ConnectorWorld& world) {
  std::set<std::string> names;
  const ConnectorClass* kind = kind_of(config, world);
  if (kind == nullptr) return names;
  for (SettingTable table : tables_of(*kind)) {
    for (const Setting& setting : table) {
      if (setting.secret == Secret::yes) names.emplace(setting.name);
    }
  }
  return names;
}

}  // namespace

ConfigMap hide_secrets(ConfigMap config, const ConnectorWorld& world) {
  for (const auto& name : secrets_of(config, world)) {
    const auto found = config.find(name);
    if (found != config.end() && !found->second.empty()) found->second = kHidden;
  }
  return config;
}

ConfigMap with_hidden_of(ConfigMap config, const ConfigMap& before, const ConnectorWorld& world) {
  for (const auto& name : secrets_of(config, world)) {
    const auto found = config.find(name);
    const auto was = before.find(name);
    if (found != config.end() && found->second == kHidden && was != before.end()) found->second = was->second;
  }
  return config;
}

std::optional<LogLevel> log_level_of(std::string_view level) {
  constexpr std::pair<std::string_view, LogLevel> kLevels[] = {
      {"TRACE", LogLevel::debug}, {"DEBUG", LogLevel::debug}, {"INFO", LogLevel::info}, {"WARN", LogLevel::warn},
      {"ERROR", LogLevel::error}, {"FATAL", LogLevel::error}, {"OFF", LogLevel::off},
  };
  for (const auto& [name, known] : kLevels) {
    if (name == level) return known;
  }
  return std::nullopt;
}

std::string type_of(const ConfigMap& config, const ConnectorWorld& world) {
  const ConnectorClass* kind = kind_of(config, world);
  if (kind == nullptr) return "unknown";
  return kind->is_source() ? "source" : "sink";
}

}  // namespace weir::connect
