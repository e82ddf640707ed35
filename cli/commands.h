// Every command of the program: the one source of what it understands, what its help says, and of the manual.
#pragma once

#include "cli/command.h"

namespace weir::cli {

// `chosen` and what it refers to live as long as `app`.
void add_commands(CLI::App& app, Action& chosen);

// The program, from its arguments to its exit status: 0, 1 for a failure, 2 for wrong usage.
int run(int argc, const char* const* argv);

}  // namespace weir::cli
