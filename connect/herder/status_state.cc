#include "connect/herder/status_state.h"

#include <charconv>

#include "connect/herder/json_text.h"

namespace weir::connect {

namespace {

constexpr std::string_view kConnectorStatus = "status-connector-";
constexpr std::string_view kTaskStatus = "status-task-";
constexpr std::string_view kTopicStatus = "status-topic-";
constexpr std::string_view kOfConnector = ":connector-";

Result<RunStatus> run_status_of(Bytes value) {
  WEIR_TRY_VAR(document, JsonDocument::parse(value));
  const JsonValue& root = document.root();
  const auto state = run_state_named(text_of_member(root, "state"));
  if (!state) return fail(ErrorCode::corrupt_data, "no state");
  RunStatus status{*state, text_of_member(root, "trace"), text_of_member(root, "worker_id"), 0};
  std::int64_t generation = 0;
  const JsonValue* member = root.member("generation");
  if (member != nullptr && member->get(generation)) status.generation = static_cast<std::int32_t>(generation);
  return status;
}

std::string status_text(const RunStatus& status) {
  std::string text = "{";
  append_member("state", name_of(status.state), text);
  append_member("trace", text);
  if (status.trace.empty()) {
    text += "null";
  } else {
    append_json_string(status.trace, text);
  }
  append_member("worker_id", status.worker, text);
  append_member("generation", text);
  return text + std::to_string(status.generation) + "}";
}

std::optional<std::string> status_text(const std::optional<RunStatus>& status) {
  return status ? std::optional(status_text(*status)) : std::nullopt;
}

std::string topic_key(const std::string& connector, const std::string& topic) {
  return std::string(kTopicStatus) + topic + std::string(kOfConnector) + connector;
}

}  // namespace

Result<> StatusState::apply(std::string_view key, NullableBytes value) {
  if (key.starts_with(kTopicStatus)) {
    const auto split = key.rfind(kOfConnector);  // no topic has a colon in its name
    if (split == std::string_view::npos) return {};
    const std::string connector(key.substr(split + kOfConnector.size()));
    const std::string topic(key.substr(kTopicStatus.size(), split - kTopicStatus.size()));
    if (value) {
      topics_[connector].insert(topic);
    } else {
      topics_[connector].erase(topic);
    }
    return {};
  }
  std::optional<RunStatus> status;
  const bool is_connector = key.starts_with(kConnectorStatus);
  if (!is_connector && !key.starts_with(kTaskStatus)) return {};
  if (value) {
    auto parsed = run_status_of(*value);
    if (!parsed) return fail(parsed.error().at(key));
    status = *std::move(parsed);
  }
  if (is_connector) {
    const std::string name(key.substr(kConnectorStatus.size()));
    if (status) {
      connectors_[name] = *std::move(status);
    } else {
      connectors_.erase(name);
    }
    return {};
  }
  const std::string_view text = key.substr(kTaskStatus.size());
  const auto dash = text.rfind('-');
  ConnectorTaskId id;
  if (dash == std::string_view::npos) return {};
  id.connector = text.substr(0, dash);
  const auto [end, error] = std::from_chars(text.data() + dash + 1, text.data() + text.size(), id.task);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  if (status) {
    tasks_[id] = *std::move(status);
  } else {
    tasks_.erase(id);
  }
  return {};
}

std::optional<RunStatus> StatusState::connector(const std::string& name) const {
  const auto found = connectors_.find(name);
  return found == connectors_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<RunStatus> StatusState::task(const ConnectorTaskId& id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

std::set<std::string> StatusState::topics_of(const std::string& connector) const {
  const auto found = topics_.find(connector);
  return found == topics_.end() ? std::set<std::string>{} : found->second;
}

ConfigRecord status_record(const std::string& connector, const std::optional<RunStatus>& status) {
  return {std::string(kConnectorStatus) + connector, status_text(status)};
}

ConfigRecord status_record(const ConnectorTaskId& task, const std::optional<RunStatus>& status) {
  return {std::string(kTaskStatus) + task.to_string(), status_text(status)};
}

ConfigRecord topic_record(const ConnectorTaskId& task, const std::string& topic, std::int64_t now_ms) {
  std::string value = "{\"topic\":{";
  append_member("name", topic, value);
  append_member("connector", task.connector, value);
  append_member("task", value);
  value += std::to_string(task.task);
  append_member("discoverTimestamp", value);
  return {topic_key(task.connector, topic), value + std::to_string(now_ms) + "}}"};
}

ConfigRecord forgotten_topic_record(const std::string& connector, const std::string& topic) {
  return {topic_key(connector, topic), std::nullopt};
}

}  // namespace weir::connect
