// weir config show | set | unset: settings of topics and brokers, as they count.
#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct ShowConfigOptions {
  LogPlace log;
  std::string topic;
  std::optional<std::int32_t> broker;
  bool only_set = false;
  Output output = Output::text;
};

struct ChangeConfigOptions {
  LogPlace log;
  std::string topic;
  std::vector<std::string> settings;
};

std::string as_text(const std::vector<log::ConfigEntry>& entries) {
  std::string text;
  for (const auto& entry : entries) {
    text += entry.name + "=" + entry.value.value_or("");
    if (entry.is_default) text += "\t(default)";
    text += "\n";
  }
  return text;
}

std::string as_json(const std::vector<log::ConfigEntry>& entries) {
  std::string text = "[";
  for (const auto& entry : entries) {
    text.append(text.size() > 1 ? ",{\"name\":" : "{\"name\":");
    append_json_string(entry.name, text);
    text.append(",\"value\":");
    entry.value ? append_json_string(*entry.value, text) : void(text.append("null"));
    text.append(entry.is_default ? ",\"default\":true" : ",\"default\":false");
    text.append(entry.is_read_only ? ",\"read_only\":true}" : ",\"read_only\":false}");
  }
  return text + "]\n";
}

Result<int> show_configs(const ShowConfigOptions& options) {
  if (!options.topic.empty() && options.broker) {
    return fail(ErrorCode::invalid_argument, "--topic or --broker, not both");
  }
  WEIR_TRY_VAR(client, open_to_read(options.log));
  auto admin = client.admin();
  std::optional<log::NodeId> broker;
  if (options.broker) broker = log::NodeId(*options.broker);
  WEIR_TRY_VAR(entries, options.topic.empty() ? admin->broker_configs(broker) : admin->topic_configs(options.topic));
  if (options.only_set) std::erase_if(entries, [](const log::ConfigEntry& entry) { return entry.is_default; });
  WEIR_TRY(print(options.output == Output::json ? as_json(entries) : as_text(entries)));
  return kDone;
}

Result<int> set_configs(const ChangeConfigOptions& options) {
  log::ConfigChanges changes;
  for (const auto& text : options.settings) {
    WEIR_TRY_VAR(config, parse_config(text));
    changes.insert(std::move(config));
  }
  WEIR_TRY_VAR(client, open_to_change(options.log));
  WEIR_TRY(client.admin()->alter_topic(options.topic, changes));
  return kDone;
}

Result<int> unset_configs(const ChangeConfigOptions& options) {
  log::ConfigChanges changes;
  for (const auto& name : options.settings) changes[name] = std::nullopt;
  WEIR_TRY_VAR(client, open_to_change(options.log));
  WEIR_TRY(client.admin()->alter_topic(options.topic, changes));
  return kDone;
}

void add_config_change(CLI::App& config, Action& chosen, const char* name, const char* help, const char* what,
                       const char* type, Result<int> (*run)(const ChangeConfigOptions&)) {
  auto options = std::make_shared<ChangeConfigOptions>();
  auto* verb = config.add_subcommand(name, help);
  verb->add_option("settings", options->settings, what)->required()->type_name(type);
  verb->add_option("--topic", options->topic, "whose settings")->required()->type_name("TOPIC");
  add_log(*verb, options->log);
  choose(*verb, chosen, options, run);
}

}  // namespace

void add_config_commands(CLI::App& app, Action& chosen) {
  auto* config = app.add_subcommand("config", "settings of topics and brokers");
  config->require_subcommand(1);

  auto options = std::make_shared<ShowConfigOptions>();
  auto* verb = config->add_subcommand("show", "all settings as they count, and which of them are defaults");
  verb->add_option("--topic", options->topic, "those of a topic")->type_name("TOPIC");
  verb->add_option("--broker", options->broker, "those of this broker; of any where neither is said")->type_name("ID");
  verb->add_flag("--set", options->only_set, "only those that are not defaults");
  add_log(*verb, options->log);
  add_output(*verb, options->output);
  choose(*verb, chosen, options, show_configs);

  add_config_change(*config, chosen, "set", "give settings values; the others stay as they are",
                    "a setting, as in Kafka", "NAME=VALUE", set_configs);
  add_config_change(*config, chosen, "unset", "let settings have their defaults again", "a setting", "NAME",
                    unset_configs);
}

}  // namespace weir::cli
