// weir: one binary, a noun and a verb. Exit status 0, 1 for a failure, 2 for wrong usage.
#include <cstdio>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "cli/command.h"
#include "log/base/file.h"

namespace {

int report(const weir::Error& error) {
  std::fprintf(stderr, "weir: %s\n", error.to_string().c_str());
  return error.code == weir::ErrorCode::invalid_argument ? weir::cli::kWrongUsage : weir::cli::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace weir::cli;
  weir::hold_standard_descriptors();
  spdlog::set_default_logger(spdlog::stderr_color_mt("weir"));
  CLI::App app("Weir: a partitioned log and stream processing in one library. This program looks after a log.", "weir");
  app.set_version_flag("--version", "weir " WEIR_VERSION);
  app.require_subcommand(1);
  Action chosen;
  add_topic_commands(app, chosen);
  add_group_commands(app, chosen);
  add_log_commands(app, chosen);
  add_connect_commands(app, chosen);
  add_streams_commands(app, chosen);
  try {  // the parser reports by exceptions
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
  auto status = chosen();
  return status ? *status : report(status.error());
}
