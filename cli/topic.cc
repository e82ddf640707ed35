// weir topic list | describe | create | delete
#include <span>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct TopicsOptions {
  LogPlace log;
  Output output = Output::text;
  bool with_internal = false;
};

struct TopicOptions {
  LogPlace log;
  std::string topic;
  Output output = Output::text;
  std::int32_t partitions = 1;
  std::vector<std::string> configs;
};

struct PartitionEnds {
  log::Offset begin{0};
  log::Offset stable_end{0};  // what is committed ends here
  log::Offset end{0};
};

void append_configs(const log::TopicDescription& topic, std::string& out) {
  out.append("\"configs\":{");
  bool is_first = true;
  for (const auto& [name, value] : topic.configs) {
    if (!is_first) out.push_back(',');
    is_first = false;
    append_json_string(name, out);
    out.push_back(':');
    append_json_string(value, out);
  }
  out.push_back('}');
}

void append_name_and_id(const log::TopicDescription& topic, std::string& out) {
  out.append("{\"name\":");
  append_json_string(topic.name, out);
  out.append(",\"id\":\"" + topic.id.to_string() + "\",\"internal\":" + (topic.is_internal ? "true," : "false,"));
}

std::string as_json(const std::vector<log::TopicDescription>& topics) {
  std::string text = "[";
  for (const auto& topic : topics) {
    if (text.size() > 1) text.push_back(',');
    append_name_and_id(topic, text);
    text.append("\"partitions\":" + std::to_string(topic.partitions) + ",");
    append_configs(topic, text);
    text.push_back('}');
  }
  return text + "]\n";
}

Result<int> list_topics(const TopicsOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(topics, client.admin()->list_topics());
  if (!options.with_internal) std::erase_if(topics, [](const auto& topic) { return topic.is_internal; });
  std::string text;
  for (const auto& topic : topics) text += topic.name + "\t" + std::to_string(topic.partitions) + "\n";
  WEIR_TRY(print(options.output == Output::json ? as_json(topics) : text));
  return kDone;
}

Result<std::vector<PartitionEnds>> ends_of(const log::Client& client, const log::TopicDescription& topic) {
  std::vector<log::TopicPartition> partitions;
  for (std::int32_t i = 0; i < topic.partitions; ++i) partitions.push_back({topic.name, log::PartitionIndex(i)});
  WEIR_TRY_VAR(consumer, client.consumer());
  WEIR_TRY_VAR(begins, consumer->beginning_offsets(partitions));
  WEIR_TRY_VAR(stable, consumer->end_offsets(partitions, log::Isolation::read_committed));
  WEIR_TRY_VAR(ends, consumer->end_offsets(partitions, log::Isolation::read_uncommitted));
  std::vector<PartitionEnds> all;
  for (const auto& partition : partitions) all.push_back({begins[partition], stable[partition], ends[partition]});
  return all;
}

std::string as_json(const log::TopicDescription& topic, std::span<const PartitionEnds> partitions) {
  std::string text;
  append_name_and_id(topic, text);
  append_configs(topic, text);
  text.append(",\"partitions\":[");
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    text.append((i > 0 ? ",{" : "{") + std::string("\"partition\":") + std::to_string(i) +
                ",\"begin\":" + std::to_string(partitions[i].begin.value()) +
                ",\"stable_end\":" + std::to_string(partitions[i].stable_end.value()) +
                ",\"end\":" + std::to_string(partitions[i].end.value()) + "}");
  }
  return text + "]}\n";
}

std::string as_text(const log::TopicDescription& topic, std::span<const PartitionEnds> partitions) {
  std::string text = "topic " + topic.name + "\nid " + topic.id.to_string() + "\n";
  for (const auto& [name, value] : topic.configs) text += name + "=" + value + "\n";
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    text += "partition " + std::to_string(i) + ": offsets " + std::to_string(partitions[i].begin.value()) + " to " +
            std::to_string(partitions[i].end.value());
    if (partitions[i].stable_end != partitions[i].end) {
      text += ", committed to " + std::to_string(partitions[i].stable_end.value());
    }
    text += "\n";
  }
  return text;
}

Result<int> describe(const TopicOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(topic, client.admin()->describe_topic(options.topic));
  WEIR_TRY_VAR(partitions, ends_of(client, topic));
  WEIR_TRY(print(options.output == Output::json ? as_json(topic, partitions) : as_text(topic, partitions)));
  return kDone;
}

Result<int> create(const TopicOptions& options) {
  log::NewTopic topic{options.topic, options.partitions, {}};
  for (const auto& text : options.configs) {
    WEIR_TRY_VAR(config, parse_config(text));
    topic.configs.insert(std::move(config));
  }
  WEIR_TRY_VAR(client, open_or_make(options.log));
  WEIR_TRY(client.admin()->create_topic(topic));
  return kDone;
}

Result<int> remove(const TopicOptions& options) {
  WEIR_TRY_VAR(client, open_to_change(options.log));
  WEIR_TRY(client.admin()->delete_topic(options.topic));
  return kDone;
}

CLI::App* add_verb(CLI::App& topic, const char* name, const char* what, TopicOptions& options) {
  auto* verb = topic.add_subcommand(name, what);
  verb->add_option("topic", options.topic, "its name")->required()->type_name("TOPIC");
  add_log(*verb, options.log);
  return verb;
}

void add_list(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<TopicsOptions>();
  auto* verb = topic.add_subcommand("list", "topics and how many partitions each has");
  add_log(*verb, options->log);
  add_output(*verb, options->output);
  verb->add_flag("--internal", options->with_internal, "those that Weir keeps for itself, too");
  choose(*verb, chosen, options, list_topics);
}

void add_describe(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<TopicOptions>();
  auto* verb = add_verb(topic, "describe", "a topic's id, settings and offsets", *options);
  add_output(*verb, options->output);
  choose(*verb, chosen, options, describe);
}

void add_create(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<TopicOptions>();
  auto* verb = add_verb(topic, "create", "make a topic", *options);
  verb->add_option("--partitions", options->partitions, "default 1")->check(CLI::Range(1, 10'000))->type_name("N");
  verb->add_option("--config", options->configs, "a setting, as in Kafka; may be repeated")->type_name("NAME=VALUE");
  choose(*verb, chosen, options, create);
}

void add_delete(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<TopicOptions>();
  choose(*add_verb(topic, "delete", "remove a topic and its records", *options), chosen, options, remove);
}

}  // namespace

void add_topic_commands(CLI::App& app, Action& chosen) {
  auto* topic = app.add_subcommand("topic", "topics and their records");
  topic->require_subcommand(1);
  add_list(*topic, chosen);
  add_describe(*topic, chosen);
  add_create(*topic, chosen);
  add_delete(*topic, chosen);
  add_topic_alter(*topic, chosen);
  add_topic_consume(*topic, chosen);
  add_topic_produce(*topic, chosen);
}

}  // namespace weir::cli
