// weir connect docs | plugins | test: what connectors are, and what a connector's transforms make of records.
#include "cli/command.h"
#include "cli/connector_plugins.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "connect/runtime/pages.h"
#include "connect/runtime/trial.h"
#include "log/base/json_writer.h"

namespace weir::cli {

namespace {

struct DocsOptions {
  std::string name;
  std::string into;
  std::vector<std::string> plugins;
};

struct PluginsOptions {
  std::vector<std::string> plugins;
  Output output = Output::text;
};

struct TestOptions {
  std::vector<std::string> files;
  std::vector<std::string> plugins;
  Output output = Output::text;
};

Result<int> docs(const DocsOptions& options) {
  WEIR_TRY_VAR(world, world_with_plugins(options.plugins));
  const connect::ConnectorClasses& classes = world.classes;
  const auto* kind = classes.find(options.name);
  const std::string wanted = options.name.empty() ? "README" : kind != nullptr ? kind->names.front() : options.name;
  std::string names;
  for (const connect::Page& page : connect::pages(classes)) {
    if (!options.into.empty()) {
      WEIR_TRY(posix_files().create_directories(options.into));
      WEIR_TRY(replace_file(posix_files(), options.into + "/" + page.name + ".md", page.text));
    } else if (page.name == wanted) {
      WEIR_TRY(print(page.text));
      return kDone;
    }
    if (page.name != "README") names += (names.empty() ? "" : ", ") + page.name;
  }
  if (!options.into.empty()) return kDone;
  const auto* meant = classes.meant(options.name);
  return fail(ErrorCode::invalid_argument,
              "there is no page '" + options.name + "'" +
                  (meant != nullptr ? "; did you mean '" + meant->names.front() + "'?" : ", but of " + names));
}

Result<int> plugins(const PluginsOptions& options) {
  WEIR_TRY_VAR(world, world_with_plugins(options.plugins));
  const connect::ConnectorClasses& classes = world.classes;
  if (options.output == Output::text) {
    WEIR_TRY(print(connect::list_of_connectors(classes)));
    return kDone;
  }
  std::string text;
  for (const auto& kind : classes.all()) {
    text += text.empty() ? "[{\"class\":" : ",{\"class\":";
    append_json_string(kind.names.front(), text);
    text += std::string(",\"type\":\"") + (kind.is_source() ? "source" : "sink") + "\",\"summary\":";
    append_json_string(kind.summary, text);
    text += '}';
  }
  WEIR_TRY(print(text + "]\n"));
  return kDone;
}

std::string trial_as_json(const std::string& file, const connect::Trial& trial) {
  std::string text = "{\"file\":";
  append_json_string(file, text);
  text += ",\"test\":";
  append_json_string(trial.name, text);
  text += ",\"fault\":";
  if (trial.fault.empty()) return text + "null}\n";
  append_json_string(trial.fault, text);
  return text + "}\n";
}

Result<int> test(const TestOptions& options) {
  WEIR_TRY_VAR(world, world_with_plugins(options.plugins));
  int status = kDone;
  for (const std::string& file : options.files) {
    WEIR_TRY_VAR(trials, connect::run_trials(file, world));
    for (const connect::Trial& trial : trials) {
      if (!trial.fault.empty()) status = kFailed;
      const std::string told = trial.fault.empty() ? "ok" : "FAILED: " + trial.fault;
      WEIR_TRY(print(options.output == Output::json ? trial_as_json(file, trial)
                                                    : file + ": " + trial.name + ": " + told + "\n"));
    }
  }
  return status;
}

}  // namespace

void add_connect_docs(CLI::App& connect, Action& chosen) {
  auto docs_options = std::make_shared<DocsOptions>();
  auto* docs_verb = connect.add_subcommand("docs", "print the page of a connector, of transforms or of converters");
  docs_verb->add_option("name", docs_options->name, "a connector's class, transforms or converters; a list without it")
      ->type_name("NAME");
  docs_verb->add_option("--into", docs_options->into, "write all pages into this directory")->type_name("DIR");
  add_plugins_option(*docs_verb, docs_options->plugins);
  choose(*docs_verb, chosen, docs_options, docs);

  auto plugins_options = std::make_shared<PluginsOptions>();
  auto* plugins_verb = connect.add_subcommand("plugins", "list the connectors that there are");
  add_output(*plugins_verb, plugins_options->output);
  add_plugins_option(*plugins_verb, plugins_options->plugins);
  choose(*plugins_verb, chosen, plugins_options, plugins);

  auto test_options = std::make_shared<TestOptions>();
  auto* test_verb = connect.add_subcommand(
      "test", "hold what connectors' transforms and converters make of records to these files; status 1 if it differs");
  test_verb
      ->add_option("files", test_options->files,
                   "NAME.test.yaml: a connector's file, records, and what becomes of them")
      ->required()
      ->type_name("FILE");
  add_output(*test_verb, test_options->output);
  add_plugins_option(*test_verb, test_options->plugins);
  choose(*test_verb, chosen, test_options, test);
}

}  // namespace weir::cli
