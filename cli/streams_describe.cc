// weir streams describe: a described topology as text or as a chart.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "cli/topology_file.h"

namespace weir::cli {

namespace {

struct TopologyOptions {
  std::string file;
  bool as_mermaid = false;
  Output output = Output::text;
};

Result<int> describe_topology(const TopologyOptions& options) {
  WEIR_TRY_VAR(topology, read_topology(options.file));
  if (options.as_mermaid) {
    WEIR_TRY(print(topology.to_mermaid()));
  } else {
    WEIR_TRY(print(options.output == Output::json ? topology.to_json() : topology.to_text()));
  }
  return kDone;
}

}  // namespace

void add_streams_describe(CLI::App& streams, Action& chosen) {
  auto options = std::make_shared<TopologyOptions>();
  auto* verb = streams.add_subcommand("describe", "stages, operators, stores and topics of a topology");
  verb->add_option("file", options->file, "what Topology::to_json gave; - is standard input")
      ->required()
      ->type_name("FILE");
  auto* mermaid = verb->add_flag("--mermaid", options->as_mermaid, "as a flow chart in Mermaid's language");
  add_output(*verb, options->output);
  verb->get_option("--output")->excludes(mermaid);
  choose(*verb, chosen, options, describe_topology);
}

}  // namespace weir::cli
