// weir log: the files of a log.
#include "cli/command.h"

namespace weir::cli {

void add_log_commands(CLI::App& app, Action& chosen) {
  auto* log = app.add_subcommand("log", "the files of a log");
  log->require_subcommand(1);
  add_log_dump(*log, chosen);
  add_log_verify(*log, chosen);
}

}  // namespace weir::cli
