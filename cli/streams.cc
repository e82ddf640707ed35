// weir streams: described topologies (Topology::to_json), and applications.
#include "cli/command.h"

namespace weir::cli {

void add_streams_commands(CLI::App& app, Action& chosen) {
  auto* streams = app.add_subcommand("streams", "described topologies, and applications");
  streams->require_subcommand(1);
  add_streams_describe(*streams, chosen);
  add_streams_diff(*streams, chosen);
  add_streams_reset(*streams, chosen);
}

}  // namespace weir::cli
