#include "connect/herder/config_state.h"

#include <charconv>

#include "connect/herder/json_text.h"

namespace weir::connect {

namespace {

constexpr std::string_view kConnector = "connector-";
constexpr std::string_view kTarget = "target-state-";
constexpr std::string_view kTask = "task-";
constexpr std::string_view kCommit = "commit-";
constexpr std::string_view kFencing = "tasks-fencing-";
constexpr std::string_view kRestart = "restart-connector-";
constexpr std::string_view kLogger = "logger-cluster-";

constexpr std::string_view kTargetNames[] = {"STARTED", "PAUSED", "STOPPED"};

std::string behind(std::string_view key, std::string_view prefix) {
  return std::string(key.substr(prefix.size()));
}

std::optional<TargetState> target_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kTargetNames); ++i) {
    if (kTargetNames[i] == name) return static_cast<TargetState>(i);
  }
  return std::nullopt;
}

std::optional<std::int32_t> number_of(std::string_view text) {
  std::int32_t number = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0) return std::nullopt;
  return number;
}

// "orders-eu-3": the last number is the task's.
std::optional<ConnectorTaskId> task_of(std::string_view text) {
  const auto dash = text.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto task = number_of(text.substr(dash + 1));
  if (!task) return std::nullopt;
  return ConnectorTaskId{std::string(text.substr(0, dash)), *task};
}

Result<ConfigMap> properties_of(const JsonValue& value) {
  const JsonValue* properties = value.is_object() ? value.member("properties") : nullptr;
  if (properties == nullptr) return fail(ErrorCode::corrupt_data, "no properties");
  return text_map_of(*properties);
}

Result<std::int32_t> count_of(const JsonValue& value, std::string_view name) {
  const auto count = number_of(text_of_member(value, name));
  if (!count) return fail(ErrorCode::corrupt_data, "no " + std::string(name));
  return *count;
}

std::string properties_text(const ConfigMap& config) {
  std::string text = "{\"properties\":";
  append_text_map(config, text);
  return text + "}";
}

}  // namespace

const ConnectorEntry* ConfigState::find(const std::string& connector) const {
  const auto found = connectors_.find(connector);
  return found == connectors_.end() ? nullptr : &found->second;
}

Share ConfigState::to_run() const {
  Share share;
  for (const auto& [name, entry] : connectors_) {
    share.connectors.insert(name);
    if (entry.target == TargetState::stopped) continue;
    for (std::size_t i = 0; i < entry.tasks.size(); ++i) share.tasks.insert({name, static_cast<std::int32_t>(i)});
  }
  return share;
}

// A set of tasks that compaction has torn counts as none: they are divided anew.
void ConfigState::commit(const std::string& connector, std::int32_t count, std::int64_t offset) {
  const auto found = connectors_.find(connector);
  if (found == connectors_.end()) return;
  ConnectorEntry& entry = found->second;
  const auto& written = written_tasks_[connector];
  std::vector<ConfigMap> tasks;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto task = written.find(i);
    if (task == written.end()) break;
    tasks.push_back(task->second);
  }
  const bool is_whole = tasks.size() == static_cast<std::size_t>(count);
  entry.tasks = is_whole ? std::move(tasks) : std::vector<ConfigMap>{};
  entry.has_tasks = is_whole;
  entry.awaits_fencing = true;
  entry.tasks_offset = offset;
}

Result<ConfigEvents> ConfigState::apply(std::string_view key, NullableBytes value, std::int64_t offset) {
  end_ = offset + 1;
  ConfigEvents events;
  if (!value) {
    if (key.starts_with(kConnector)) {
      connectors_.erase(behind(key, kConnector));
      written_tasks_.erase(behind(key, kConnector));
    } else if (key.starts_with(kTarget)) {
      const std::string name = behind(key, kTarget);
      targets_.erase(name);
      if (const auto found = connectors_.find(name); found != connectors_.end())
        found->second.target = TargetState::started;
    }
    return events;
  }
  auto document = JsonDocument::parse(*value);
  if (!document) return fail(document.error().at(key));
  const JsonValue& root = document->root();
  const auto wrong = [&](const Error& error) {
    return fail(error.at(key));
  };
  if (key.starts_with(kConnector)) {
    auto config = properties_of(root);
    if (!config) return wrong(config.error());
    const std::string name = behind(key, kConnector);
    ConnectorEntry& entry = connectors_[name];
    entry.config = *std::move(config);
    entry.has_tasks = false;
    entry.config_offset = offset;
    if (const auto target = targets_.find(name); target != targets_.end()) entry.target = target->second;
  } else if (key.starts_with(kTarget)) {
    auto target = target_named(text_of_member(root, "state.v2"));
    if (!target) target = target_named(text_of_member(root, "state"));
    if (!target) return wrong({ErrorCode::corrupt_data, "no state"});
    const std::string name = behind(key, kTarget);
    targets_[name] = *target;
    if (const auto found = connectors_.find(name); found != connectors_.end()) found->second.target = *target;
  } else if (key.starts_with(kFencing)) {
    if (auto count = count_of(root, "task-count"); !count) return wrong(count.error());
    const auto found = connectors_.find(behind(key, kFencing));
    if (found != connectors_.end()) found->second.awaits_fencing = false;
  } else if (key.starts_with(kCommit)) {
    auto count = count_of(root, "tasks");
    if (!count) return wrong(count.error());
    commit(behind(key, kCommit), *count, offset);
  } else if (key.starts_with(kTask)) {
    const auto id = task_of(key.substr(kTask.size()));
    auto config = properties_of(root);
    if (!config) return wrong(config.error());
    if (id) written_tasks_[id->connector][id->task] = *std::move(config);
  } else if (key.starts_with(kRestart)) {
    events.restart = RestartRequest{behind(key, kRestart), flag_of_member(root, "include-tasks"),
                                    flag_of_member(root, "only-failed")};
  } else if (key.starts_with(kLogger)) {
    events.logger = LoggerLevel{behind(key, kLogger), text_of_member(root, "level")};
  }
  return events;
}

ConfigRecord connector_record(const std::string& connector, const ConfigMap& config) {
  return {std::string(kConnector) + connector, properties_text(config)};
}

std::vector<ConfigRecord> deletion_records(const std::string& connector) {
  return {{std::string(kConnector) + connector, std::nullopt}, {std::string(kTarget) + connector, std::nullopt}};
}

ConfigRecord target_record(const std::string& connector, TargetState target) {
  // Workers that do not know of stopped connectors take them for paused.
  const auto old = target == TargetState::stopped ? TargetState::paused : target;
  std::string value = "{";
  append_member("state", kTargetNames[static_cast<std::size_t>(old)], value);
  append_member("state.v2", kTargetNames[static_cast<std::size_t>(target)], value);
  return {std::string(kTarget) + connector, value + "}"};
}

std::vector<ConfigRecord> task_records(const std::string& connector, const std::vector<ConfigMap>& tasks) {
  std::vector<ConfigRecord> records;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    records.push_back({std::string(kTask) + connector + "-" + std::to_string(i), properties_text(tasks[i])});
  }
  records.push_back({std::string(kCommit) + connector, "{\"tasks\":" + std::to_string(tasks.size()) + "}"});
  return records;
}

ConfigRecord fencing_record(const std::string& connector, std::int32_t tasks) {
  return {std::string(kFencing) + connector, "{\"task-count\":" + std::to_string(tasks) + "}"};
}

ConfigRecord restart_record(const RestartRequest& request) {
  return {std::string(kRestart) + request.connector,
          std::string("{\"include-tasks\":") + (request.include_tasks ? "true" : "false") +
              ",\"only-failed\":" + (request.only_failed ? "true" : "false") + "}"};
}

ConfigRecord logger_record(const LoggerLevel& level) {
  std::string value = "{";
  append_member("level", level.level, value);
  return {std::string(kLogger) + level.logger, value + "}"};
}

}  // namespace weir::connect
