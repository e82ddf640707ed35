// weir group reset: where a group without members goes on reading a topic.
#include <algorithm>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/record_scan.h"
#include "cli/standard_output.h"
#include "cli/start_offset.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct ResetOptions {
  LogPlace log;
  std::string group;
  std::string topic;
  std::string to;
  std::int64_t to_time_ms = -1;  // -1: not by time
  std::vector<std::int32_t> partitions;
  bool is_dry = false;
};

Result<std::vector<log::TopicPartition>> partitions_of(log::Admin& admin, const ResetOptions& options) {
  WEIR_TRY_VAR(topic, admin.describe_topic(options.topic));
  std::vector<log::TopicPartition> partitions;
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    const bool is_wanted =
        options.partitions.empty() || std::ranges::find(options.partitions, i) != options.partitions.end();
    if (is_wanted) partitions.push_back({options.topic, log::PartitionIndex(i)});
  }
  for (std::int32_t wanted : options.partitions) {
    if (wanted < 0 || wanted >= topic.partitions) {
      return fail(ErrorCode::invalid_argument, options.topic + " has no partition " + std::to_string(wanted));
    }
  }
  return partitions;
}

// Where no record is as late as the time, the end.
Result<std::vector<log::PartitionOffset>> at_time(log::Consumer& consumer, const ResetOptions& options,
                                                  const std::vector<log::TopicPartition>& partitions) {
  std::map<log::TopicPartition, std::int64_t> times;
  for (const auto& partition : partitions) times[partition] = options.to_time_ms;
  WEIR_TRY_VAR(found, consumer.offsets_for_times(times));
  WEIR_TRY_VAR(ends, consumer.end_offsets(partitions, log::Isolation::read_committed));
  std::vector<log::PartitionOffset> offsets;
  for (const auto& partition : partitions) {
    auto at = found.find(partition);
    offsets.push_back({partition, {at == found.end() ? ends[partition] : at->second}});
  }
  return offsets;
}

Result<std::vector<log::PartitionOffset>> at_offset(const log::Client& client, log::Consumer& consumer,
                                                    const StartOffset& to,
                                                    const std::vector<log::TopicPartition>& partitions) {
  WEIR_TRY_VAR(begins, consumer.beginning_offsets(partitions));
  WEIR_TRY_VAR(ends, consumer.end_offsets(partitions, log::Isolation::read_committed));
  WEIR_TRY_VAR(scan, RecordScan::make(client, log::Isolation::read_committed));
  std::vector<log::PartitionOffset> offsets;
  for (const auto& partition : partitions) {
    auto offset = to.before_end() ? scan.before_end(partition, begins[partition], ends[partition], *to.before_end())
                                  : to.in(begins[partition], ends[partition]);
    if (!offset) return fail(offset.error().at(partition.to_string()));
    offsets.push_back({partition, {*offset}});
  }
  return offsets;
}

Result<int> reset(const ResetOptions& options) {
  const bool is_by_time = options.to_time_ms >= 0;
  if (is_by_time == !options.to.empty()) {
    return fail(ErrorCode::invalid_argument, "either --to or --to-time says where the group goes on");
  }
  WEIR_TRY_VAR(to, StartOffset::parse(is_by_time ? "earliest" : options.to, "--to"));
  WEIR_TRY_VAR(client, open_to_change(options.log));
  auto admin = client.admin();
  WEIR_TRY_VAR(partitions, partitions_of(*admin, options));
  WEIR_TRY_VAR(consumer, client.consumer());
  auto offsets = is_by_time ? at_time(*consumer, options, partitions) : at_offset(client, *consumer, to, partitions);
  if (!offsets) return fail(offsets.error());
  if (!options.is_dry) WEIR_TRY(admin->set_group_offsets(options.group, *offsets));
  std::string text;
  for (const auto& [partition, position] : *offsets) {
    text += partition.to_string() + "\t" + std::to_string(position.offset.value()) + "\n";
  }
  WEIR_TRY(print(text));
  return kDone;
}

}  // namespace

void add_group_reset(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<ResetOptions>();
  auto* verb = group.add_subcommand("reset", "let a group without members go on elsewhere; it is made if need be");
  verb->add_option("group", options->group, "its name")->required()->type_name("GROUP");
  verb->add_option("--topic", options->topic, "where")->required()->type_name("TOPIC");
  verb->add_option("--to", options->to, "earliest, latest, an offset, or -N: N before the end")->type_name("OFFSET");
  verb->add_option("--to-time", options->to_time_ms, "the first record of that time or later, in ms since 1970")
      ->check(CLI::NonNegativeNumber)
      ->type_name("MS");
  verb->add_option("-p,--partition", options->partitions, "only there; may be repeated")->type_name("N");
  verb->add_flag("--dry-run", options->is_dry, "print what would be, and leave it as it is");
  add_log(*verb, options->log);
  choose(*verb, chosen, options, reset);
}

}  // namespace weir::cli
