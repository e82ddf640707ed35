// --plugins DIR: directories of connectors that are programs.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "connect/runtime/connector.h"
#include "log/base/result.h"

namespace weir::cli {

void add_plugins_option(CLI::App& verb, std::vector<std::string>& directories);

// The connectors that come with Weir, and those of the directories. invalid_config: what is wrong with the first of
// them.
Result<connect::ConnectorWorld> world_with_plugins(const std::vector<std::string>& directories);

}  // namespace weir::cli
