#include "connect/rest/routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "connect/herder/json_text.h"
#include "connect/rest/answers.h"
#include "log/base/logging.h"

namespace weir::connect {

namespace {

// A request as a route sees it.
struct Asked {
  Herder& herder;
  const About& about;
  const RestRequest& request;
  const RestTarget& target;
  std::vector<std::string> names;  // what stands for the "*" of its path

  const std::string& connector() const { return names.front(); }
};

using Answer = Result<RestAnswer>;

struct Route {
  std::string_view method;
  std::string_view path;
  Answer (*answer)(const Asked&);
};

RestAnswer no_content() {
  return {204, {}};
}

RestAnswer json(std::string body, int status = 200) {
  return {status, std::move(body)};
}

RestAnswer accepted() {
  return {202, {}};
}

Result<JsonDocument> body_of(const Asked& asked) {
  auto document = JsonDocument::parse(asked.request.body);
  if (!document) return fail(ErrorCode::invalid_argument, document.error().detail);
  if (!document->root().is_object()) return fail(ErrorCode::invalid_argument, "the body must be a JSON object");
  return document;
}

Result<ConfigMap> settings_of(const JsonValue& object) {
  auto settings = text_map_of(object);
  if (!settings) return fail(ErrorCode::invalid_argument, settings.error().detail);
  return settings;
}

Result<std::int32_t> task_of(const Asked& asked) {
  const std::string& text = asked.names.at(1);
  std::int32_t task = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), task);
  if (error == std::errc{} && end == text.data() + text.size()) return task;
  return fail(ErrorCode::not_found, "HTTP 404 Not Found");
}

std::string version_of(const Asked& asked) {
  return asked.about.version;
}

// --- the worker ---

Answer get_root(const Asked& asked) {
  std::string body = "{";
  append_member("version", asked.about.version, body);
  append_member("commit", asked.about.commit, body);
  append_member("kafka_cluster_id", asked.about.cluster_id, body);
  return json(body + "}");
}

Answer get_health(const Asked& asked) {
  const Health health = asked.herder.health();
  std::string body = "{";
  append_member("status", health.is_ready ? "healthy" : "starting", body);
  append_member("message", health.message, body);
  return json(body + "}", health.is_ready ? 200 : 503);
}

Answer get_metrics(const Asked& asked) {
  RestAnswer answer{200, prometheus_text("weir_connect", asked.herder.metrics())};
  answer.content_type = "text/plain; version=0.0.4";
  return answer;
}

// --- connectors ---

Answer get_connectors(const Asked& asked) {
  const bool with_status = asked.target.is_set("expand", "status");
  const bool with_info = asked.target.is_set("expand", "info");
  const bool is_plain = !with_status && !with_info;
  std::string body(1, is_plain ? '[' : '{');
  for (const auto& name : asked.herder.connectors()) {
    if (is_plain) {
      if (body.size() > 1) body += ',';
      append_json_string(name, body);
      continue;
    }
    const auto info = asked.herder.info(name);
    const auto status = asked.herder.status(name);
    if (!info || !status) continue;  // it was deleted meanwhile
    append_member(name, body);
    body += '{';
    if (with_status) {
      append_member("status", body);
      body += status_json(*status);
    }
    if (with_info) {
      append_member("info", body);
      body += info_json(*info, asked.herder.world());
    }
    body += '}';
  }
  return json(body + (is_plain ? ']' : '}'));
}

RestAnswer created(const Asked& asked, const ConnectorInfo& info) {
  RestAnswer answer = json(info_json(info, asked.herder.world()), 201);
  answer.location = "/connectors/" + url_encoded(info.name);
  return answer;
}

Result<std::optional<TargetState>> initial_state_of(const JsonValue& root) {
  const JsonValue* member = root.member("initial_state");
  if (member == nullptr || member->is_null()) return std::nullopt;
  std::string text(member->text());
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (text == "RUNNING") return TargetState::started;
  if (text == "PAUSED") return TargetState::paused;
  if (text == "STOPPED") return TargetState::stopped;
  return fail(ErrorCode::invalid_argument, "initial_state must be RUNNING, PAUSED or STOPPED, not " + text);
}

Result<> check_name_in(const ConfigMap& config, const std::string& name) {
  const auto found = config.find("name");
  if (found == config.end() || found->second == name) return {};
  return fail(ErrorCode::invalid_argument, "Connector name configuration (" + found->second +
                                               ") doesn't match connector name in the URL (" + name + ")");
}

Answer post_connectors(const Asked& asked) {
  WEIR_TRY_VAR(body, body_of(asked));
  const std::string name = text_of_member(body.root(), "name");
  const JsonValue* config = body.root().member("config");
  if (config == nullptr) return fail(ErrorCode::invalid_argument, "the body has no config");
  WEIR_TRY_VAR(settings, settings_of(*config));
  const std::string& chosen = name.empty() ? settings["name"] : name;
  if (chosen.empty()) return fail(ErrorCode::invalid_argument, "the body has no name");
  WEIR_TRY(check_name_in(settings, chosen));
  WEIR_TRY_VAR(initial, initial_state_of(body.root()));
  WEIR_TRY_VAR(put, asked.herder.put(chosen, settings, Replaces::no, initial));
  return created(asked, put.first);
}

Answer get_connector(const Asked& asked) {
  WEIR_TRY_VAR(info, asked.herder.info(asked.connector()));
  return json(info_json(info, asked.herder.world()));
}

Answer delete_connector(const Asked& asked) {
  WEIR_TRY(asked.herder.remove(asked.connector()));
  return no_content();
}

Answer get_config(const Asked& asked) {
  WEIR_TRY_VAR(info, asked.herder.info(asked.connector()));
  return json(config_json(info.config, asked.herder.world()));
}

Answer put_config(const Asked& asked) {
  WEIR_TRY_VAR(body, body_of(asked));
  WEIR_TRY_VAR(settings, settings_of(body.root()));
  WEIR_TRY(check_name_in(settings, asked.connector()));
  WEIR_TRY_VAR(put, asked.herder.put(asked.connector(), settings, Replaces::yes, std::nullopt));
  return put.second ? created(asked, put.first) : json(info_json(put.first, asked.herder.world()));
}

Answer patch_config(const Asked& asked) {
  WEIR_TRY_VAR(body, body_of(asked));
  WEIR_TRY_VAR(settings, settings_of(body.root()));
  std::map<std::string, std::optional<std::string>> changes(settings.begin(), settings.end());
  const JsonValue& root = body.root();
  for (const JsonValue* name = root.first(); name != root.end(); name = name->next()->next()) {
    if (name->next()->is_null()) changes[std::string(name->text())] = std::nullopt;
  }
  WEIR_TRY_VAR(info, asked.herder.patch(asked.connector(), changes));
  return json(info_json(info, asked.herder.world()));
}

Answer get_status(const Asked& asked) {
  WEIR_TRY_VAR(status, asked.herder.status(asked.connector()));
  return json(status_json(status));
}

// --- what is wanted of them ---

Answer set_target(const Asked& asked, TargetState target, RestAnswer answer) {
  WEIR_TRY(asked.herder.set_target(asked.connector(), target));
  return answer;
}

Answer put_pause(const Asked& asked) {
  return set_target(asked, TargetState::paused, accepted());
}
Answer put_resume(const Asked& asked) {
  return set_target(asked, TargetState::started, accepted());
}
Answer put_stop(const Asked& asked) {
  return set_target(asked, TargetState::stopped, no_content());
}

Answer post_restart(const Asked& asked) {
  RestartRequest request{asked.connector(), asked.target.text("includeTasks") == "true",
                         asked.target.text("onlyFailed") == "true"};
  const bool is_plain = !request.include_tasks && !request.only_failed;
  WEIR_TRY_VAR(status, asked.herder.restart(request));
  return is_plain ? no_content() : json(status_json(status), 202);
}

// --- tasks ---

Answer get_tasks(const Asked& asked) {
  WEIR_TRY_VAR(tasks, asked.herder.task_settings(asked.connector()));
  std::string body = "[";
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (i > 0) body += ',';
    body += "{\"id\":{";
    append_member("connector", asked.connector(), body);
    body += ",\"task\":" + std::to_string(i) + "},\"config\":" + config_json(tasks[i], asked.herder.world()) + "}";
  }
  return json(body + "]");
}

Answer get_tasks_config(const Asked& asked) {
  WEIR_TRY_VAR(tasks, asked.herder.task_settings(asked.connector()));
  std::string body = "{";
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    append_member(asked.connector() + "-" + std::to_string(i), body);
    body += config_json(tasks[i], asked.herder.world());
  }
  return json(body + "}");
}

Answer get_task_status(const Asked& asked) {
  WEIR_TRY_VAR(task, task_of(asked));
  WEIR_TRY_VAR(status, asked.herder.status(asked.connector()));
  const auto found = status.tasks.find(task);
  if (found != status.tasks.end()) return json(task_status_json(task, found->second));
  return fail(ErrorCode::not_found, "No status found for task " + asked.connector() + "-" + asked.names[1]);
}

Answer post_task_restart(const Asked& asked) {
  WEIR_TRY_VAR(task, task_of(asked));
  WEIR_TRY(asked.herder.restart_task({asked.connector(), task}));
  return no_content();
}

// --- offsets and topics ---

Answer get_offsets(const Asked& asked) {
  WEIR_TRY_VAR(offsets, asked.herder.offsets(asked.connector()));
  return json(offsets_json(offsets));
}

Answer patch_offsets(const Asked& asked) {
  WEIR_TRY_VAR(body, body_of(asked));
  const JsonValue* list = body.root().member("offsets");
  if (list == nullptr || !list->is_array() || list->size() == 0) {
    return fail(ErrorCode::invalid_argument, "Partitions / offsets need to be provided for an alter offsets request");
  }
  std::vector<ConnectorOffset> offsets;
  for (const JsonValue* one = list->first(); one != list->end(); one = one->next()) {
    const JsonValue* partition = one->is_object() ? one->member("partition") : nullptr;
    const JsonValue* offset = one->is_object() ? one->member("offset") : nullptr;
    if (partition == nullptr || !partition->is_object()) {
      return fail(ErrorCode::invalid_argument, "each of the offsets must have a partition, which is an object");
    }
    ConnectorOffset& added = offsets.emplace_back();
    added.partition = compact_json(partition->text());
    if (offset != nullptr && !offset->is_null()) added.offset = compact_json(offset->text());
  }
  WEIR_TRY(asked.herder.alter_offsets(asked.connector(), offsets));
  return json("{\"message\":\"The offsets for this connector have been altered successfully\"}");
}

Answer delete_offsets(const Asked& asked) {
  WEIR_TRY(asked.herder.alter_offsets(asked.connector(), std::nullopt));
  return json("{\"message\":\"The offsets for this connector have been reset successfully\"}");
}

Answer get_topics(const Asked& asked) {
  WEIR_TRY_VAR(topics, asked.herder.topics(asked.connector()));
  std::string body = "{";
  append_member(asked.connector(), body);
  body += "{\"topics\":[";
  for (const auto& topic : topics) {
    if (body.back() != '[') body += ',';
    append_json_string(topic, body);
  }
  return json(body + "]}}");
}

Answer put_topics_reset(const Asked& asked) {
  WEIR_TRY(asked.herder.reset_topics(asked.connector()));
  return accepted();
}

// --- plugins ---

Answer get_plugins(const Asked& asked) {
  return json(plugins_json(asked.herder.world(), version_of(asked)));
}

Result<const ConnectorClass*> class_of(const Asked& asked) {
  const ConnectorClass* kind = asked.herder.world().classes.find(asked.names.front());
  if (kind != nullptr) return kind;
  return fail(ErrorCode::not_found, "Unknown plugin " + asked.names.front() + ".");
}

Answer get_plugin_config(const Asked& asked) {
  WEIR_TRY_VAR(kind, class_of(asked));
  return json(plugin_settings_json(*kind));
}

Answer put_validate(const Asked& asked) {
  WEIR_TRY_VAR(kind, class_of(asked));
  WEIR_TRY_VAR(body, body_of(asked));
  WEIR_TRY_VAR(settings, settings_of(body.root()));
  const std::string given = settings["connector.class"];
  if (std::ranges::find(kind->names, given) == kind->names.end()) {
    return fail(ErrorCode::invalid_argument,
                "Included connector type " + given + " does not match request type " + asked.names.front());
  }
  return json(validation_json(*kind, settings, asked.herder.world()));
}

// --- loggers: there is one, for all of the process ---

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return upper;
}

std::string logger_json() {
  std::string body = "{";
  append_member("level", upper_case(name_of(log_level())), body);
  return body + ",\"last_modified\":null}";
}

Answer get_loggers(const Asked&) {
  return json("{\"root\":" + logger_json() + "}");
}

Answer get_logger(const Asked& asked) {
  if (asked.names.front() == "root") return json(logger_json());
  return fail(ErrorCode::not_found, "Logger " + asked.names.front() + " not found.");
}

Answer put_logger(const Asked& asked) {
  WEIR_TRY_VAR(body, body_of(asked));
  const std::string level = upper_case(text_of_member(body.root(), "level"));
  if (level.empty()) {
    return fail(ErrorCode::invalid_argument, "Desired 'level' parameter was not specified in request.");
  }
  const auto known = log_level_of(level);
  if (!known) return fail(ErrorCode::not_found, "invalid log level '" + level + "'.");
  const std::string scope = asked.target.text("scope");
  if (scope == "cluster") {
    WEIR_TRY(asked.herder.set_logger({asked.names.front(), level}));
    return no_content();
  }
  if (asked.names.front() != "root") return json("[]");
  set_log_level(*known);
  return json("[\"root\"]");
}

constexpr Route kRoutes[] = {
    {"GET", "/", get_root},
    {"GET", "/health", get_health},
    {"GET", "/metrics", get_metrics},
    {"GET", "/connectors", get_connectors},
    {"POST", "/connectors", post_connectors},
    {"GET", "/connectors/*", get_connector},
    {"DELETE", "/connectors/*", delete_connector},
    {"GET", "/connectors/*/config", get_config},
    {"PUT", "/connectors/*/config", put_config},
    {"PATCH", "/connectors/*/config", patch_config},
    {"GET", "/connectors/*/status", get_status},
    {"PUT", "/connectors/*/pause", put_pause},
    {"PUT", "/connectors/*/resume", put_resume},
    {"PUT", "/connectors/*/stop", put_stop},
    {"POST", "/connectors/*/restart", post_restart},
    {"GET", "/connectors/*/tasks", get_tasks},
    {"GET", "/connectors/*/tasks-config", get_tasks_config},
    {"GET", "/connectors/*/tasks/*/status", get_task_status},
    {"POST", "/connectors/*/tasks/*/restart", post_task_restart},
    {"GET", "/connectors/*/offsets", get_offsets},
    {"PATCH", "/connectors/*/offsets", patch_offsets},
    {"DELETE", "/connectors/*/offsets", delete_offsets},
    {"GET", "/connectors/*/topics", get_topics},
    {"PUT", "/connectors/*/topics/reset", put_topics_reset},
    {"GET", "/connector-plugins", get_plugins},
    {"GET", "/connector-plugins/*/config", get_plugin_config},
    {"PUT", "/connector-plugins/*/config/validate", put_validate},
    {"GET", "/admin/loggers", get_loggers},
    {"GET", "/admin/loggers/*", get_logger},
    {"PUT", "/admin/loggers/*", put_logger},
};

// The names that stand for the "*" of a route's path, if it is the target's.
std::optional<std::vector<std::string>> match(std::string_view pattern, const std::vector<std::string>& path) {
  std::vector<std::string> names;
  const auto parts = RestTarget::parse(pattern).path;
  if (parts.size() != path.size()) return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == "*") {
      names.push_back(path[i]);
    } else if (parts[i] != path[i]) {
      return std::nullopt;
    }
  }
  return names;
}

RestAnswer refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::not_found:
      return error_answer(404, error.detail);
    case ErrorCode::already_exists:
      return error_answer(409, error.detail);
    case ErrorCode::invalid_config:
      return error_answer(400, "Connector configuration is invalid and contains the following " +
                                   std::to_string(std::ranges::count(error.detail, '\n') + 1) + " error(s):\n" +
                                   error.detail);
    case ErrorCode::invalid_argument:
    case ErrorCode::wrong_state:
      return error_answer(400, error.detail);
    case ErrorCode::permission_denied:
      return error_answer(403, error.detail);
    case ErrorCode::closed:
      return error_answer(503, error.detail);
    case ErrorCode::timed_out:
      return error_answer(500, "Request timed out: " + error.detail);
    default:
      return error_answer(500, error.to_string());
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> route_paths() {
  std::vector<std::pair<std::string, std::string>> paths;
  for (const Route& route : kRoutes) paths.emplace_back(route.method, route.path);
  return paths;
}

RestAnswer Routes::answer(const RestRequest& request) const {
  const RestTarget target = RestTarget::parse(request.target);
  bool is_path = false;
  for (const Route& route : kRoutes) {
    auto names = match(route.path, target.path);
    if (!names) continue;
    is_path = true;
    if (route.method != request.method) continue;
    auto answered = route.answer({herder_, about_, request, target, *std::move(names)});
    if (answered) return *std::move(answered);
    if (answered.error().code != ErrorCode::not_controller) return refusal(answered.error());
    const std::string hops = target.text("forward");
    if (hops == "false" || answered.error().detail.empty()) {
      return error_answer(409, "Cannot complete request because of a conflicting operation (e.g. worker rebalance)");
    }
    RestRequest again = request;
    again.target = with_query(request.target, "forward", hops.empty() ? "true" : "false");
    auto forwarded = forward_(answered.error().detail, again);
    if (forwarded) return *std::move(forwarded);
    return error_answer(500, "IO Error trying to forward REST request: " + forwarded.error().to_string());
  }
  return is_path ? error_answer(405, "HTTP 405 Method Not Allowed") : error_answer(404, "HTTP 404 Not Found");
}

}  // namespace weir::connect
