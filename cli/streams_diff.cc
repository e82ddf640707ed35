// weir streams diff: whether a program can take over the data of another one.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "cli/topology_file.h"
#include "log/base/json_writer.h"
#include "streams/topology/topology_diff.h"

namespace weir::cli {

namespace {

using streams::TopologyChange;

struct DiffOptions {
  std::string before;
  std::string after;
  Output output = Output::text;
};

std::string as_text(const std::vector<TopologyChange>& changes) {
  if (changes.empty()) return "nothing changed\n";
  std::string text;
  for (const TopologyChange& change : changes) {
    text += to_string(change.effect) + ": " + change.what + ": " + change.meaning + "\n";
  }
  return text + (is_compatible(changes) ? "compatible: the new program takes over everything\n"
                                        : "incompatible: data would be lost\n");
}

std::string as_json(const std::vector<TopologyChange>& changes) {
  std::string text = std::string("{\"compatible\":") + (is_compatible(changes) ? "true" : "false") + ",\"changes\":[";
  for (std::size_t i = 0; i < changes.size(); ++i) {
    text += i > 0 ? ",{\"effect\":" : "{\"effect\":";
    append_json_string(to_string(changes[i].effect), text);
    text += ",\"what\":";
    append_json_string(changes[i].what, text);
    text += ",\"meaning\":";
    append_json_string(changes[i].meaning, text);
    text += "}";
  }
  return text + "]}\n";
}

Result<int> diff(const DiffOptions& options) {
  WEIR_TRY_VAR(before, read_topology(options.before));
  WEIR_TRY_VAR(after, read_topology(options.after));
  const auto changes = streams::topology_diff(before, after);
  WEIR_TRY(print(options.output == Output::json ? as_json(changes) : as_text(changes)));
  return is_compatible(changes) ? kDone : kFailed;
}

}  // namespace

void add_streams_diff(CLI::App& streams, Action& chosen) {
  auto options = std::make_shared<DiffOptions>();
  auto* verb =
      streams.add_subcommand("diff", "what a new topology means for the data of an old one; 1 if some is lost");
  verb->add_option("old", options->before, "the topology that runs")->required()->type_name("OLD");
  verb->add_option("new", options->after, "the one that is to run")->required()->type_name("NEW");
  add_output(*verb, options->output);
  choose(*verb, chosen, options, diff);
}

}  // namespace weir::cli
