#include "cli/commands.h"

#include <cstdio>

#include "cli/advice.h"
#include "cli/run.h"

namespace weir::cli {

namespace {

int report(const Error& error) {
  std::fprintf(stderr, "weir: %s\n", error.to_string().c_str());
  return error.code == ErrorCode::invalid_argument ? kWrongUsage : kFailed;
}

int report(const WrongUsage& wrong) {
  if (wrong.message.empty()) {
    std::fputs(wrong.command->help().c_str(), stderr);
    return kWrongUsage;
  }
  std::string words;
  for (const CLI::App* at = wrong.command; at->get_parent() != nullptr; at = at->get_parent()) {
    words = " " + at->get_name() + words;
  }
  std::fprintf(stderr, "weir: %s\n'weir help%s' says more\n", wrong.message.c_str(), words.c_str());
  return kWrongUsage;
}

}  // namespace

void add_commands(CLI::App& app, Action& chosen) {
  app.description(
      "Weir: a partitioned log and stream processing in one library. This program looks after a log and serves it.");
  app.set_version_flag("--version", "weir " WEIR_VERSION);
  app.require_subcommand(1);
  add_topic_commands(app, chosen);
  add_group_commands(app, chosen);
  add_config_commands(app, chosen);
  add_txn_commands(app, chosen);
  add_log_commands(app, chosen);
  add_connect_commands(app, chosen);
  add_streams_commands(app, chosen);
  add_server_command(app, chosen);
  add_user_commands(app, chosen);
  add_acl_commands(app, chosen);
  add_quota_commands(app, chosen);
  add_rules_commands(app, chosen);
  add_bench_commands(app, chosen);
  add_help_command(app, chosen);
}

int run(int argc, const char* const* argv) {
  CLI::App app("", "weir");
  Action chosen;
  add_commands(app, chosen);
  try {  // the parser reports by exceptions
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help was asked for
    return report(explain(app, std::vector<std::string>(argv + 1, argv + argc), error.what()));
  }
  auto status = chosen();
  return status ? *status : report(status.error());
}

}  // namespace weir::cli
