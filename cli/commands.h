// Every command of the program: the one source of what it understands, what its help says, and of the manual.
#pragma once

#include "cli/command.h"

namespace weir::cli {

// `chosen` and what it refers to live as long as `app`.
void add_commands(CLI::App& app, Action& chosen);

}  // namespace weir::cli
