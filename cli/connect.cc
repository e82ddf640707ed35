// weir connect run | lint: connectors that files describe.
#include "connect/connect.h"

#include "cli/command.h"
#include "cli/connector_plugins.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/base/signal_watch.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct LintOptions {
  std::vector<std::string> files;
  std::vector<std::string> plugins;
  Output output = Output::text;
};

struct RunOptions {
  std::vector<std::string> files;
  std::vector<std::string> plugins;
  LogPlace log;
  bool until_end = false;
  Output output = Output::text;
};

Result<int> lint(const LintOptions& options) {
  std::vector<Error> problems;
  WEIR_TRY_VAR(world, world_with_plugins(options.plugins));
  for (const auto& connector : connect::load_connectors(options.files, world, problems)) {
    auto checked = connect::check_outside(connector, world);
    if (!checked) problems.push_back(checked.error().at("connector " + connector.connector_name()));
  }
  std::string text;
  for (const auto& problem : problems) {
    if (options.output == Output::text) {
      text += problem.detail + "\n";
    } else {
      text += text.empty() ? "" : ",";
      append_json_string(problem.detail, text);
    }
  }
  if (problems.empty() && options.output == Output::text) {
    // Beside the output, which is the problems and nothing else.
    for (const auto& file : options.files) std::fprintf(stderr, "%s: nothing is wrong\n", file.c_str());
  }
  if (options.output == Output::json) text = "{\"problems\":[" + text + "]}\n";
  WEIR_TRY(print(text));
  return problems.empty() ? kDone : kFailed;
}

std::string as_text(const connect::ConnectorOutcome& outcome) {
  std::string text = "connector " + outcome.name + ": " + std::to_string(outcome.records) + " records";
  if (outcome.skipped > 0) text += ", " + std::to_string(outcome.skipped) + " skipped";
  return text + (outcome.result ? "" : "; failed: " + outcome.result.error().to_string()) + "\n";
}

std::string as_json(const connect::ConnectorOutcome& outcome) {
  std::string text = "{\"connector\":";
  append_json_string(outcome.name, text);
  text += ",\"records\":" + std::to_string(outcome.records) + ",\"skipped\":" + std::to_string(outcome.skipped) +
          ",\"error\":";
  if (outcome.result) return text + "null}\n";
  append_json_string(outcome.result.error().to_string(), text);
  return text + "}\n";
}

Result<int> run(const RunOptions& options) {
  WEIR_TRY(check_place(options.log));
  std::vector<Error> problems;
  WEIR_TRY_VAR(world, world_with_plugins(options.plugins));
  const auto connectors = connect::load_connectors(options.files, world, problems);
  for (const auto& problem : problems) std::fprintf(stderr, "weir: %s\n", problem.detail.c_str());
  if (!problems.empty()) return kFailed;
  std::stop_source stop;
  SignalWatch signals([&stop] { stop.request_stop(); });
  WEIR_TRY_VAR(client, open_or_make(options.log));
  const auto input = options.until_end ? connect::Input::is_complete : connect::Input::may_grow;
  auto outcomes = connect::run_connectors(client, connectors, input, stop.get_token(), world);
  int status = kDone;
  for (const auto& outcome : outcomes) {
    if (!outcome.result) status = kFailed;
    WEIR_TRY(print(options.output == Output::json ? as_json(outcome) : as_text(outcome)));
  }
  return status;
}

}  // namespace

void add_connect_commands(CLI::App& app, Action& chosen) {
  auto* connect = app.add_subcommand("connect", "bring data in and take it out");
  connect->require_subcommand(1);

  auto run_options = std::make_shared<RunOptions>();
  auto* run_verb = connect->add_subcommand("run", "run the connectors of these files until a signal");
  run_verb->add_option("files", run_options->files, "properties, YAML or JSON, one connector each")
      ->required()
      ->type_name("FILE");
  add_log(*run_verb, run_options->log);
  add_plugins_option(*run_verb, run_options->plugins);
  run_verb->add_flag("--until-end", run_options->until_end,
                     "end when the sources are at their end and the sinks have written what is there");
  add_output(*run_verb, run_options->output);
  choose(*run_verb, chosen, run_options, run);

  auto lint_options = std::make_shared<LintOptions>();
  auto* lint_verb = connect->add_subcommand("lint", "say what is wrong in these files; status 1 if anything is");
  lint_verb->add_option("files", lint_options->files, "properties, YAML or JSON, one connector each")
      ->required()
      ->type_name("FILE");
  add_plugins_option(*lint_verb, lint_options->plugins);
  add_output(*lint_verb, lint_options->output);
  choose(*lint_verb, chosen, lint_options, lint);
  add_connect_worker(*connect, chosen);
  add_connect_remote(*connect, chosen);
  add_connect_docs(*connect, chosen);
}

}  // namespace weir::cli
