// The manual in other forms than --help, all made from the parser itself: docs/cli.md, the man page cli/weir.1 and the
// completion cli/weir.bash are what these give; a test compares them.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace weir::cli {

std::string as_markdown(const CLI::App& app);
std::string as_man_page(const CLI::App& app);
std::string as_bash_completion(const CLI::App& app);

}  // namespace weir::cli
