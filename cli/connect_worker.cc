// weir connect worker: one of the workers of a group that shares connectors, with its REST.
#include <cstdio>

#include "cli/command.h"
#include "cli/connect_url.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "connect/herder/json_text.h"
#include "connect/herder/worker_settings.h"
#include "connect/rest/rest_worker.h"
#include "log/base/log_line.h"
#include "log/base/signal_watch.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct WorkerCommand {
  std::vector<std::string> files;
  LogPlace log;
  std::string rest = "127.0.0.1:8083";
  std::string advertise;
  std::string group_id;
  std::string config;
  std::string token_file;
  std::vector<std::string> settings;
};

// The file's, then what the command line says.
Result<connect::HerderOptions> settings_of(const WorkerCommand& command) {
  connect::ConnectorConfig config;
  if (!command.config.empty()) {
    WEIR_TRY_VAR(loaded, connect::ConnectorConfig::load(posix_files(), command.config));
    config = std::move(loaded);
  }
  for (const auto& setting : command.settings) {
    WEIR_TRY_VAR(pair, parse_config(setting));
    config.values[pair.first] = {pair.second, 0};
  }
  if (!command.group_id.empty()) config.values["group.id"] = {command.group_id, 0};
  if (!command.advertise.empty()) config.values["rest.advertised.url"] = {command.advertise, 0};
  return connect::herder_options(config);
}

// The connectors of the files are wanted from now on, as they are there.
Result<> put_connectors(const std::vector<connect::ConnectorConfig>& connectors, const connect::RestWorker& worker) {
  for (const auto& connector : connectors) {
    std::map<std::string, std::string> settings;
    for (const auto& [name, value] : connector.values) settings[name] = value.text;
    std::string body;
    connect::append_text_map(settings, body);
    const std::string target = "/connectors/" + connect::url_encoded(connector.connector_name()) + "/config";
    const auto answer = worker.answer({"PUT", target, body});
    if (answer.status >= 300) return fail(ErrorCode::invalid_config, connector.path + ": " + message_of(answer));
  }
  return {};
}

Result<int> run_worker(const WorkerCommand& command) {
  WEIR_TRY(check_place(command.log));
  WEIR_TRY_VAR(herder, settings_of(command));
  connect::RestServerOptions rest;
  WEIR_TRY_VAR(at, HostPort::parse(command.rest));
  rest.at = at;
  WEIR_TRY_VAR(token, token_of(command.token_file));
  rest.token = token;
  std::vector<Error> problems;
  const connect::ConnectorWorld world;
  const auto connectors = connect::load_connectors(command.files, world, problems);
  for (const auto& problem : problems) std::fprintf(stderr, "weir: %s\n", problem.detail.c_str());
  if (!problems.empty()) return kFailed;
  const auto stopped = SystemClock::instance().make_parker();
  SignalWatch signals([&stopped] { stopped->unpark(); });
  WEIR_TRY_VAR(client, open_or_make(command.log));
  WEIR_TRY_VAR(
      worker, connect::RestWorker::start(client, world, std::move(herder), std::move(rest), {.version = WEIR_VERSION}));
  std::fprintf(stderr, "weir: worker %s\n", worker->url().c_str());
  WEIR_TRY(put_connectors(connectors, *worker));
  (void)stopped->park();
  std::fprintf(stderr, "weir: stopping\n");
  return kDone;
}

}  // namespace

void add_connect_worker(CLI::App& connect, Action& chosen) {
  auto options = std::make_shared<WorkerCommand>();
  auto* worker =
      connect.add_subcommand("worker", "run one of the workers that share connectors, with its REST, until a signal");
  worker
      ->add_option("files", options->files,
                   "properties or YAML, one connector each: put among the group's connectors at the start")
      ->type_name("FILE");
  add_log(*worker, options->log);
  worker
      ->add_option("--rest", options->rest,
                   "where its REST listens; port 0: a free one; other addresses than those of this machine alone take "
                   "a token")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  worker
      ->add_option("--advertise", options->advertise,
                   "where the other workers reach its REST; default: where it listens")
      ->type_name("URL");
  worker->add_option("--group-id", options->group_id, "of the workers that share connectors; default connect-cluster")
      ->type_name("GROUP");
  worker->add_option("--config", options->config, "properties or YAML with more settings; see docs/connect/workers.md")
      ->type_name("FILE");
  worker->add_option("--set", options->settings, "one of those settings; may be repeated")->type_name("NAME=VALUE");
  add_token(*worker, options->token_file);
  choose(*worker, chosen, options, run_worker);
}

}  // namespace weir::cli
