// What stands outside a configuration and is named in it: ${env:NAME} is an environment variable, ${file:PATH:KEY} a
// setting of another file (.properties, .yaml or .json), ${dir:PATH:FILE} what a file holds, without a newline at its
// end. Anything else in braces stays as it is. What is put in is not looked through again, and messages never show it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connect/settings/connector_config.h"

namespace weir::connect {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<std::string> environment_of_process(const std::string& name);

// The configuration with everything in its place. What is not there is added to `problems` (invalid_config), with file,
// line and setting.
ConnectorConfig interpolated(const ConnectorConfig& config, FileSystem& files, std::vector<Error>& problems,
                             const Environment& environment = environment_of_process);

}  // namespace weir::connect
