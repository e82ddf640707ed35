// Plugins: connectors that are programs, which speak lines of JSON. Run with the argument `describe` a plugin prints
// what it is; run with `run` it answers each line that it reads with one line (docs/connect/plugins.md).
#pragma once

#include <string>
#include <vector>

#include "connect/contracts/connector_class.h"
#include "log/base/file.h"

namespace weir::connect {

// What the program at that path says of itself. invalid_config, and what ChildProcess says.
Result<ConnectorClass> plugin_class(const std::string& path);

// Adds a class for each file of that directory whose name ends in ".plugin", in the order of their names; nothing is
// looked for anywhere else. What is wrong with one is added to `problems`, each with its path.
void add_plugins(const std::string& directory, FileSystem& files, ConnectorClasses& classes,
                 std::vector<Error>& problems);

}  // namespace weir::connect
