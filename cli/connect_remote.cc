// weir connect list | status | create | delete | pause | resume | stop | restart | offsets: what is asked of workers,
// by the REST of any of them.
#include "cli/command.h"
#include "cli/connect_url.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "connect/herder/json_text.h"
#include "connect/rest/rest_server.h"
#include "connect/runtime/connector.h"

namespace weir::cli {

namespace {

constexpr Millis kPatience{100'000};  // a worker waits up to 90 s for the others

struct RemoteOptions {
  std::string url = "http://127.0.0.1:8083";
  std::string token_file;
  Output output = Output::text;
  std::string connector;
  std::vector<std::string> files;
  std::string task;
  bool with_tasks = false;
  bool only_failed = false;
  std::string partition;
  std::string offset;
};

// not_found, invalid_argument, ...: what the worker refused, in its words.
Result<connect::RestAnswer> ask(const RemoteOptions& options, const std::string& method, const std::string& target,
                                const std::string& body = {}) {
  WEIR_TRY_VAR(token, token_of(options.token_file));
  WEIR_TRY_VAR(answer, connect::rest_call(options.url, {method, target, body}, token, kPatience));
  if (answer.status < 300) return answer;
  const auto code = answer.status == 404                           ? ErrorCode::not_found
                    : answer.status == 409                         ? ErrorCode::already_exists
                    : answer.status == 401 || answer.status == 403 ? ErrorCode::permission_denied
                    : answer.status < 500                          ? ErrorCode::invalid_config
                                                                   : ErrorCode::unavailable;
  return fail(code, message_of(answer));
}

std::string path_of(const RemoteOptions& options, const std::string& rest = {}) {
  return "/connectors/" + connect::url_encoded(options.connector) + rest;
}

// "orders  source  RUNNING  host:8083", its tasks below, and what is wrong with them.
std::string status_text(const JsonValue& status) {
  const JsonValue* connector = status.member("connector");
  const JsonValue* tasks = status.member("tasks");
  if (connector == nullptr || tasks == nullptr) return {};
  const auto line = [](const std::string& name, const std::string& kind, const JsonValue& one) {
    std::string text = name + "\t" + kind + "\t" + connect::text_of_member(one, "state") + "\t" +
                       connect::text_of_member(one, "worker_id");
    const std::string trace = connect::text_of_member(one, "trace");
    return text + (trace.empty() ? "" : "\t" + trace) + "\n";
  };
  const std::string name = connect::text_of_member(status, "name");
  std::string text = line(name, connect::text_of_member(status, "type"), *connector);
  for (const JsonValue* task = tasks->first(); task != tasks->end(); task = task->next()) {
    text += line(name + "-" + connect::text_of_member(*task, "id"), "task", *task);
  }
  return text;
}

Result<int> list(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "GET", "/connectors"));
  if (options.output == Output::json) {
    WEIR_TRY(print(answer.body + "\n"));
    return kDone;
  }
  WEIR_TRY_VAR(document, JsonDocument::parse(answer.body));
  std::string text;
  const JsonValue& names = document.root();
  for (const JsonValue* name = names.first(); name != names.end(); name = name->next()) {
    text += std::string(name->text()) + "\n";
  }
  WEIR_TRY(print(text));
  return kDone;
}

Result<int> status(const RemoteOptions& options) {
  const bool is_all = options.connector.empty();
  WEIR_TRY_VAR(answer, ask(options, "GET", is_all ? "/connectors?expand=status" : path_of(options, "/status")));
  if (options.output == Output::json) {
    WEIR_TRY(print(answer.body + "\n"));
    return kDone;
  }
  WEIR_TRY_VAR(document, JsonDocument::parse(answer.body));
  const JsonValue& root = document.root();
  std::string text;
  if (!is_all) {
    text = status_text(root);
  } else {
    for (const JsonValue* name = root.first(); name != root.end(); name = name->next()->next()) {
      if (const JsonValue* one = name->next()->member("status")) text += status_text(*one);
    }
  }
  WEIR_TRY(print(text));
  return kDone;
}

Result<> report(const RemoteOptions& options, const connect::RestAnswer& answer, const std::string& text) {
  if (options.output == Output::text) return print(text + "\n");
  return answer.body.empty() ? Result<>{} : print(answer.body + "\n");
}

Result<int> create(const RemoteOptions& options) {
  for (const auto& file : options.files) {
    WEIR_TRY_VAR(config, connect::ConnectorConfig::load(posix_files(), file));
    std::map<std::string, std::string> settings;
    for (const auto& [name, value] : config.values) settings[name] = value.text;
    std::string body;
    connect::append_text_map(settings, body);
    RemoteOptions of_file = options;
    of_file.connector = config.connector_name();
    auto answer = ask(of_file, "PUT", path_of(of_file, "/config"), body);
    if (!answer) return fail(answer.error().at(file));
    WEIR_TRY(report(options, *answer, of_file.connector + (answer->status == 201 ? ": created" : ": updated")));
  }
  return kDone;
}

Result<int> remove(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "DELETE", path_of(options)));
  WEIR_TRY(report(options, answer, options.connector + ": deleted"));
  return kDone;
}

Result<int> pause(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "PUT", path_of(options, "/pause")));
  WEIR_TRY(report(options, answer, options.connector + ": paused"));
  return kDone;
}

Result<int> resume(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "PUT", path_of(options, "/resume")));
  WEIR_TRY(report(options, answer, options.connector + ": resumed"));
  return kDone;
}

Result<int> stop(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "PUT", path_of(options, "/stop")));
  WEIR_TRY(report(options, answer, options.connector + ": stopped"));
  return kDone;
}

Result<int> restart(const RemoteOptions& options) {
  std::string rest = "/restart";
  if (!options.task.empty()) {
    rest = "/tasks/" + connect::url_encoded(options.task) + "/restart";
  } else if (options.with_tasks || options.only_failed) {
    rest += std::string("?includeTasks=") + (options.with_tasks ? "true" : "false") +
            "&onlyFailed=" + (options.only_failed ? "true" : "false");
  }
  WEIR_TRY_VAR(answer, ask(options, "POST", path_of(options, rest)));
  WEIR_TRY(report(options, answer, options.connector + ": restarted"));
  return kDone;
}

// --- offsets ---

Result<int> get_offsets(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "GET", path_of(options, "/offsets")));
  if (options.output == Output::json) {
    WEIR_TRY(print(answer.body + "\n"));
    return kDone;
  }
  WEIR_TRY_VAR(document, JsonDocument::parse(answer.body));
  const JsonValue* offsets = document.root().member("offsets");
  if (offsets == nullptr || !offsets->is_array()) return fail(ErrorCode::corrupt_data, "the answer has no offsets");
  std::string text;
  for (const JsonValue* one = offsets->first(); one != offsets->end(); one = one->next()) {
    const JsonValue* partition = one->member("partition");
    const JsonValue* offset = one->member("offset");
    if (partition == nullptr || offset == nullptr) continue;
    text += std::string(partition->text()) + "\t" + std::string(offset->text()) + "\n";
  }
  WEIR_TRY(print(text));
  return kDone;
}

Result<int> set_offsets(const RemoteOptions& options) {
  for (const auto* text : {&options.partition, &options.offset}) {
    if (auto parsed = JsonDocument::parse(*text); !parsed) {
      return fail(ErrorCode::invalid_argument, *text + ": " + parsed.error().detail);
    }
  }
  const std::string body =
      "{\"offsets\":[{\"partition\":" + options.partition + ",\"offset\":" + options.offset + "}]}";
  WEIR_TRY_VAR(answer, ask(options, "PATCH", path_of(options, "/offsets"), body));
  WEIR_TRY(report(options, answer, message_of(answer)));
  return kDone;
}

Result<int> reset_offsets(const RemoteOptions& options) {
  WEIR_TRY_VAR(answer, ask(options, "DELETE", path_of(options, "/offsets")));
  WEIR_TRY(report(options, answer, message_of(answer)));
  return kDone;
}

using Run = Result<int> (*)(const RemoteOptions&);

std::shared_ptr<RemoteOptions> add_verb(CLI::App& noun, Action& chosen, const char* name, const char* meaning, Run run,
                                        CLI::App** added = nullptr) {
  auto options = std::make_shared<RemoteOptions>();
  auto* verb = noun.add_subcommand(name, meaning);
  add_url(*verb, options->url);
  add_token(*verb, options->token_file);
  add_output(*verb, options->output);
  choose(*verb, chosen, options, run);
  if (added != nullptr) *added = verb;
  return options;
}

// One that is about a connector.
std::pair<CLI::App*, std::shared_ptr<RemoteOptions>> add_named(CLI::App& noun, Action& chosen, const char* name,
                                                               const char* meaning, Run run) {
  CLI::App* verb = nullptr;
  auto options = add_verb(noun, chosen, name, meaning, run, &verb);
  verb->add_option("connector", options->connector, "its name")->required()->type_name("CONNECTOR");
  return {verb, options};
}

}  // namespace

void add_connect_remote(CLI::App& connect, Action& chosen) {
  add_verb(connect, chosen, "list", "the connectors of the workers", list);
  CLI::App* verb = nullptr;
  auto of_status =
      add_verb(connect, chosen, "status", "what connectors and their tasks are at, and why", status, &verb);
  verb->add_option("connector", of_status->connector, "its name; default: all")->type_name("CONNECTOR");
  auto of_create = add_verb(connect, chosen, "create",
                            "give the workers these connectors, or other settings to those they have", create, &verb);
  verb->add_option("files", of_create->files, "properties or YAML, one connector each")->required()->type_name("FILE");
  add_named(connect, chosen, "delete", "take a connector from the workers; what it wrote stays", remove);
  add_named(connect, chosen, "pause", "let its tasks wait where they are", pause);
  add_named(connect, chosen, "resume", "let it go on, paused or stopped", resume);
  add_named(connect, chosen, "stop", "end its tasks; its offsets may be changed then", stop);
  auto [restart_verb, of_restart] =
      add_named(connect, chosen, "restart", "begin again with a connector, its tasks or one of them", restart);
  restart_verb->add_flag("--tasks", of_restart->with_tasks, "its tasks too");
  restart_verb->add_flag("--only-failed", of_restart->only_failed, "those that failed, and no others");
  restart_verb->add_option("--task", of_restart->task, "only this task, from 0 on")->type_name("N");
  auto* offsets = connect.add_subcommand("offsets", "where a connector has come to");
  offsets->require_subcommand(1);
  add_named(*offsets, chosen, "get", "of each partition of its source, or of its topics", get_offsets);
  auto [set_verb, of_set] =
      add_named(*offsets, chosen, "set", "of one partition, of a connector that is stopped", set_offsets);
  set_verb->add_option("partition", of_set->partition, "as `get` shows it")->required()->type_name("JSON");
  set_verb->add_option("offset", of_set->offset, "as `get` shows it; null forgets the partition")
      ->required()
      ->type_name("JSON");
  add_named(*offsets, chosen, "reset", "forget all of them, of a connector that is stopped", reset_offsets);
}

}  // namespace weir::cli
