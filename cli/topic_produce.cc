// weir topic produce: a record for each line of standard input.
#include <optional>

#include <unistd.h>

#include "cli/command.h"
#include "cli/line_input.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct ProduceOptions {
  LogPlace log;
  std::string topic;
  std::string key_delimiter;
  std::optional<std::int32_t> partition;
  bool empty_is_null = false;
  ValueFormat key = ValueFormat::string;
  ValueFormat value = ValueFormat::string;
};

// The key and the value of a line; no key where there is no delimiter.
struct KeyAndValue {
  std::optional<OwnedBytes> key;
  std::optional<OwnedBytes> value;
};

Result<std::optional<OwnedBytes>> parse_part(ValueFormat format, std::string_view text, bool empty_is_null) {
  if (text.empty() && empty_is_null) return std::nullopt;
  WEIR_TRY_VAR(bytes, parse_text(format, text));
  return std::optional<OwnedBytes>(std::move(bytes));
}

Result<KeyAndValue> parse_line(const ProduceOptions& options, std::string_view line) {
  KeyAndValue parsed;
  auto at = options.key_delimiter.empty() ? std::string_view::npos : line.find(options.key_delimiter);
  if (at != std::string_view::npos) {
    WEIR_TRY_VAR(key, parse_part(options.key, line.substr(0, at), options.empty_is_null));
    parsed.key = std::move(key);
    line.remove_prefix(at + options.key_delimiter.size());
  }
  WEIR_TRY_VAR(value, parse_part(options.value, line, options.empty_is_null));
  parsed.value = std::move(value);
  return parsed;
}

Result<> send_lines(const ProduceOptions& options, const log::Client& client, log::Producer& producer) {
  std::optional<log::PartitionIndex> partition;
  if (options.partition) partition = log::PartitionIndex(*options.partition);
  LineInput input(STDIN_FILENO);
  std::uint64_t number = 0;
  for (;;) {
    WEIR_TRY_VAR(has_more, input.wait());
    if (!has_more) return {};
    while (auto line = input.next()) {
      ++number;
      if (line->ends_with('\r')) line->remove_suffix(1);
      auto parsed = parse_line(options, *line);
      if (!parsed) {
        WEIR_TRY(producer.flush());
        return fail(ErrorCode::corrupt_data, "standard input, line " + std::to_string(number) + ": " +
                                                 parsed.error().detail + "; the lines before it are written");
      }
      WEIR_TRY(producer.send(options.topic, partition, client.clock().wall_ms(), parsed->key, parsed->value));
    }
    WEIR_TRY(producer.flush());  // what has arrived is written before more is waited for
  }
}

Result<int> produce(const ProduceOptions& options) {
  WEIR_TRY_VAR(client, open_to_change(options.log));
  WEIR_TRY_VAR(topic, client.admin()->describe_topic(options.topic));
  if (options.partition && *options.partition >= topic.partitions) {
    return fail(ErrorCode::unknown_topic_or_partition, "topic " + options.topic + " has no partition " +
                                                           std::to_string(*options.partition) + ", it has " +
                                                           std::to_string(topic.partitions));
  }
  WEIR_TRY_VAR(producer, client.producer());
  WEIR_TRY(send_lines(options, client, *producer));
  return kDone;
}

}  // namespace

void add_topic_produce(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<ProduceOptions>();
  auto* verb = topic.add_subcommand(
      "produce", "append a record for each line of standard input; carriage returns at their ends are left out");
  verb->add_option("topic", options->topic, "its name")->required()->type_name("TOPIC");
  add_log(*verb, options->log);
  verb->add_option("-K,--key-delimiter", options->key_delimiter,
                   "what stands before it in a line is the key; without it, or where it is missing, there is no key")
      ->type_name("TEXT");
  verb->add_option("-p,--partition", options->partition, "default: by the key's hash, or in turn")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  verb->add_flag("-Z,--empty-is-null", options->empty_is_null, "an empty key or value is null");
  add_value_formats(*verb, options->key, options->value);
  choose(*verb, chosen, options, produce);
}

}  // namespace weir::cli
