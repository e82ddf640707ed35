// weir topic alter: other settings, more partitions.
#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct AlterOptions {
  LogPlace log;
  std::string topic;
  std::vector<std::string> configs;
  std::vector<std::string> unset;
  std::int32_t partitions = 0;  // 0: as many as there are
};

Result<int> alter(const AlterOptions& options) {
  log::ConfigChanges changes;
  for (const auto& text : options.configs) {
    WEIR_TRY_VAR(config, parse_config(text));
    changes.insert(std::move(config));
  }
  for (const auto& name : options.unset) {
    if (!changes.emplace(name, std::nullopt).second) {
      return fail(ErrorCode::invalid_argument, "--unset: '" + name + "' is set by --config");
    }
  }
  if (changes.empty() && options.partitions == 0) {
    return fail(ErrorCode::invalid_argument, "nothing to change: --config, --unset or --partitions");
  }
  WEIR_TRY_VAR(client, open_to_change(options.log));
  auto admin = client.admin();
  if (!changes.empty()) WEIR_TRY(admin->alter_topic(options.topic, changes));
  if (options.partitions > 0) WEIR_TRY(admin->add_partitions(options.topic, options.partitions));
  return kDone;
}

}  // namespace

void add_topic_alter(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<AlterOptions>();
  auto* verb = topic.add_subcommand("alter", "change a topic's settings, or give it more partitions");
  verb->add_option("topic", options->topic, "its name")->required()->type_name("TOPIC");
  add_log(*verb, options->log);
  verb->add_option("--config", options->configs, "a setting, as in Kafka; may be repeated")->type_name("NAME=VALUE");
  verb->add_option("--unset", options->unset, "a setting that is to have its default again; may be repeated")
      ->type_name("NAME");
  verb->add_option("--partitions", options->partitions, "how many altogether; records with keys go elsewhere then")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  choose(*verb, chosen, options, alter);
}

}  // namespace weir::cli
