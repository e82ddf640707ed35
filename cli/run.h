// The program, without what it is made of: whoever only starts it need not read the parser of the command line.
#pragma once

namespace weir::cli {

// From its arguments to its exit status: 0, 1 for a failure, 2 for wrong usage.
int run(int argc, const char* const* argv);

}  // namespace weir::cli
