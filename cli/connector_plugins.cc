#include "cli/connector_plugins.h"

#include "connect/connectors/plugins/plugin.h"

namespace weir::cli {

void add_plugins_option(CLI::App& verb, std::vector<std::string>& directories) {
  verb.add_option("--plugins", directories,
                  "run the programs in this directory whose names end in .plugin, as connectors")
      ->type_name("DIR");
}

Result<connect::ConnectorWorld> world_with_plugins(const std::vector<std::string>& directories) {
  connect::ConnectorWorld world;
  std::vector<Error> problems;
  for (const std::string& directory : directories) {
    connect::add_plugins(directory, world.files, world.classes, problems);
  }
  if (!problems.empty()) return fail(std::move(problems.front()));
  return world;
}

}  // namespace weir::cli
