// weir streams reset: makes an application begin anew: its own topics, its positions and its state are deleted.
#include <algorithm>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "cli/topology_file.h"
#include "log/base/json_writer.h"
#include "streams/topology/topology.h"

namespace weir::cli {

namespace {

struct ApplicationOptions {
  LogPlace log;
  std::string application;
  std::string topology;         // a file; empty: topics are known by their names
  std::string state_directory;  // empty: beside the log
  bool is_dry = false;
  Output output = Output::text;
};

struct Belongings {
  std::vector<std::string> topics;
  bool has_offsets = false;
  std::string state_directory;  // empty: there is none
};

// Another application of the log may have a name that goes on where this one's ends: "orders" and "orders-eu".
bool is_of_another(const std::string& topic, const std::string& application,
                   const std::vector<log::GroupListing>& groups) {
  return std::any_of(groups.begin(), groups.end(), [&](const log::GroupListing& group) {
    return group.id.starts_with(application + "-") && topic.starts_with(group.id + "-");
  });
}

Result<std::vector<std::string>> topics_of(log::Admin& admin, const ApplicationOptions& options,
                                           const std::vector<log::GroupListing>& groups) {
  WEIR_TRY_VAR(all, admin.list_topics());
  std::vector<std::string> wanted;
  if (!options.topology.empty()) {
    WEIR_TRY_VAR(topology, read_topology(options.topology));
    for (const auto& topic : topology.internal_topics) wanted.push_back(options.application + "-" + topic.name);
  }
  std::vector<std::string> topics;
  for (const auto& topic : all) {
    const bool is_own = options.topology.empty() ? topic.name.starts_with(options.application + "-") &&
                                                       streams::is_own_topic(options.application, topic.name) &&
                                                       !is_of_another(topic.name, options.application, groups)
                                                 : std::find(wanted.begin(), wanted.end(), topic.name) != wanted.end();
    if (is_own) topics.push_back(topic.name);
  }
  return topics;
}

Result<Belongings> belongings_of(log::Admin& admin, const ApplicationOptions& options, const std::string& directory) {
  Belongings found;
  WEIR_TRY_VAR(groups, admin.list_groups());
  WEIR_TRY_VAR(topics, topics_of(admin, options, groups));
  found.topics = std::move(topics);
  found.has_offsets = std::any_of(groups.begin(), groups.end(),
                                  [&](const log::GroupListing& group) { return group.id == options.application; });
  std::string state = options.state_directory;
  if (state.empty() && !directory.empty()) state = directory + "/streams/" + options.application;
  if (state.empty()) return found;
  WEIR_TRY_VAR(has_state, posix_files().exists(state));
  if (has_state) found.state_directory = state;
  return found;
}

Result<> check_stopped(log::Admin& admin, const std::string& application) {
  WEIR_TRY_VAR(group, admin.describe_group(application));
  if (group.members.empty()) return {};
  return fail(ErrorCode::non_empty_group, "application " + application + " is running; stop it first");
}

// State first: what is committed must not speak of state that is gone while it is still there.
Result<> remove(log::Admin& admin, const ApplicationOptions& options, const Belongings& found) {
  if (!found.state_directory.empty()) WEIR_TRY(posix_files().remove_all(found.state_directory));
  if (found.has_offsets) WEIR_TRY(admin.delete_group(options.application));
  for (const auto& topic : found.topics) WEIR_TRY(admin.delete_topic(topic));
  return {};
}

std::string as_text(const Belongings& found, bool is_dry) {
  const std::string verb = is_dry ? "would be deleted: " : "deleted: ";
  std::string text;
  for (const auto& topic : found.topics) text += verb + "topic " + topic + "\n";
  if (found.has_offsets) text += verb + "positions\n";
  if (!found.state_directory.empty()) text += verb + "state in " + found.state_directory + "\n";
  return text;
}

std::string as_json(const Belongings& found) {
  std::string text = "{\"topics\":[";
  for (std::size_t i = 0; i < found.topics.size(); ++i) {
    if (i > 0) text.push_back(',');
    append_json_string(found.topics[i], text);
  }
  text += std::string("],\"positions\":") + (found.has_offsets ? "true" : "false") + ",\"state\":";
  found.state_directory.empty() ? void(text += "null") : append_json_string(found.state_directory, text);
  return text + "}\n";
}

Result<int> reset_application(const ApplicationOptions& options) {
  if (!streams::is_legal_name(options.application)) {
    return fail(ErrorCode::invalid_argument, "'" + options.application + "' is no name of an application");
  }
  WEIR_TRY_VAR(client, open_to_change(options.log));
  auto admin = client.admin();
  WEIR_TRY(check_stopped(*admin, options.application));
  WEIR_TRY_VAR(directory, directory_of(options.log));
  WEIR_TRY_VAR(found, belongings_of(*admin, options, directory));
  if (found.topics.empty() && !found.has_offsets && found.state_directory.empty()) {
    return fail(ErrorCode::not_found, "application " + options.application + " has no topics, positions or state here");
  }
  if (!options.is_dry) WEIR_TRY(remove(*admin, options, found));
  WEIR_TRY(print(options.output == Output::json ? as_json(found) : as_text(found, options.is_dry)));
  return kDone;
}

}  // namespace

void add_streams_reset(CLI::App& streams, Action& chosen) {
  auto options = std::make_shared<ApplicationOptions>();
  auto* verb = streams.add_subcommand("reset",
                                      "make an application begin anew: delete its own topics, its positions and its "
                                      "state. What it wrote to other topics stays");
  verb->add_option("application", options->application, "its application_id")->required()->type_name("APPLICATION");
  add_log(*verb, options->log);
  verb->add_option("--topology", options->topology,
                   "what Topology::to_json gave, for the names of its topics; default: those that begin with the "
                   "application's name and end as such topics do")
      ->type_name("FILE");
  verb->add_option("--state-directory", options->state_directory,
                   "of an instance; default: streams/APPLICATION beside a log in a directory, none of a log elsewhere")
      ->type_name("DIR");
  verb->add_flag("--dry-run", options->is_dry, "only say what would be deleted");
  add_output(*verb, options->output);
  choose(*verb, chosen, options, reset_application);
}

}  // namespace weir::cli
