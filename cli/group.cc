// weir group list | delete
#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct ListOptions {
  LogPlace log;
  Output output = Output::text;
};

struct DeleteOptions {
  LogPlace log;
  std::string group;
  std::string topic;  // empty: the whole group
};

std::string as_json(const std::vector<log::GroupListing>& groups) {
  std::string text = "[";
  for (const auto& group : groups) {
    text.append(text.size() > 1 ? ",{\"group\":" : "{\"group\":");
    append_json_string(group.id, text);
    text.append(",\"state\":");
    append_json_string(group.state, text);
    text.append(",\"protocol_type\":");
    append_json_string(group.protocol_type, text);
    text.push_back('}');
  }
  return text + "]\n";
}

Result<int> list(const ListOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(groups, client.admin()->list_groups());
  std::string text;
  for (const auto& group : groups) text += group.id + "\t" + group.state + "\n";
  WEIR_TRY(print(options.output == Output::json ? as_json(groups) : text));
  return kDone;
}

Result<int> remove(const DeleteOptions& options) {
  WEIR_TRY_VAR(client, open_to_change(options.log));
  auto admin = client.admin();
  if (options.topic.empty()) {
    WEIR_TRY(admin->delete_group(options.group));
    return kDone;
  }
  WEIR_TRY_VAR(offsets, admin->group_offsets(options.group));
  std::vector<log::TopicPartition> partitions;
  for (const auto& [partition, position] : offsets) {
    if (partition.topic == options.topic) partitions.push_back(partition);
  }
  if (partitions.empty()) {
    return fail(ErrorCode::not_found, "group " + options.group + " has no offsets in " + options.topic);
  }
  WEIR_TRY(admin->delete_group_offsets(options.group, partitions));
  return kDone;
}

}  // namespace

void add_group_commands(CLI::App& app, Action& chosen) {
  auto* group = app.add_subcommand("group", "consumer groups and their offsets");
  group->require_subcommand(1);

  auto list_options = std::make_shared<ListOptions>();
  auto* list_verb = group->add_subcommand("list", "groups and the states they are in");
  add_log(*list_verb, list_options->log);
  add_output(*list_verb, list_options->output);
  choose(*list_verb, chosen, list_options, list);

  auto delete_options = std::make_shared<DeleteOptions>();
  auto* delete_verb = group->add_subcommand("delete", "forget a group that has no members, or its offsets in a topic");
  delete_verb->add_option("group", delete_options->group, "its name")->required()->type_name("GROUP");
  delete_verb->add_option("--topic", delete_options->topic, "only what it committed there")->type_name("TOPIC");
  add_log(*delete_verb, delete_options->log);
  choose(*delete_verb, chosen, delete_options, remove);

  add_group_describe(*group, chosen);
  add_group_reset(*group, chosen);
}

}  // namespace weir::cli
