// weir group describe: a group's members, and how far it is in each partition.
#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/record_scan.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct GroupOptions {
  LogPlace log;
  std::string group;
  Output output = Output::text;
};

struct Progress {
  log::TopicPartition partition;
  log::Offset committed;
  std::optional<log::Offset> end{};  // nothing: the partition is gone
  std::uint64_t lag = 0;             // records that are still to be read
};

// Above so many offsets records are not counted: the difference is near enough then.
constexpr std::int64_t kMostCounted = 10'000'000;

Result<std::uint64_t> lag_of(RecordScan& scan, log::Consumer& consumer, const Progress& progress) {
  WEIR_TRY_VAR(begins, consumer.beginning_offsets({&progress.partition, 1}));
  const log::Offset from = std::max(progress.committed, begins.at(progress.partition));
  if (from >= *progress.end) return 0;
  if (*progress.end - from > kMostCounted) return static_cast<std::uint64_t>(*progress.end - from);
  return scan.count(progress.partition, from, *progress.end);
}

Result<std::vector<Progress>> progress_of(const log::Client& client, const std::string& group) {
  WEIR_TRY_VAR(offsets, client.admin()->group_offsets(group));
  WEIR_TRY_VAR(consumer, client.consumer());
  WEIR_TRY_VAR(scan, RecordScan::make(client, log::Isolation::read_committed));
  std::vector<Progress> all;
  for (const auto& [partition, position] : offsets) {
    auto& progress = all.emplace_back(Progress{partition, position.offset});
    auto ends = consumer->end_offsets({&partition, 1}, log::Isolation::read_committed);
    if (!ends) continue;
    progress.end = ends->at(partition);
    WEIR_TRY_VAR(lag, lag_of(scan, *consumer, progress));
    progress.lag = lag;
  }
  return all;
}

std::string as_text(const log::GroupDescription& group, const std::vector<Progress>& all) {
  std::string text = "group " + group.id + "\nstate " + group.state + "\n";
  if (!group.protocol.empty()) text += "assignor " + group.protocol + "\n";
  for (const auto& member : group.members) {
    text += "member " + member.id;
    if (member.instance_id) text += ", instance " + *member.instance_id;
    text += ":";
    for (const auto& partition : member.partitions) text += " " + partition.to_string();
    text += "\n";
  }
  for (const auto& one : all) {
    text += one.partition.to_string() + ": offset " + std::to_string(one.committed.value());
    text += one.end ? " of " + std::to_string(one.end->value()) + ", " + std::to_string(one.lag) + " to go\n"
                    : ", which is gone\n";
  }
  return text;
}

std::string as_json(const log::GroupDescription& group, const std::vector<Progress>& all) {
  std::string text = "{\"group\":";
  append_json_string(group.id, text);
  text.append(",\"state\":");
  append_json_string(group.state, text);
  text.append(",\"assignor\":");
  append_json_string(group.protocol, text);
  text.append(",\"members\":[");
  for (std::size_t i = 0; i < group.members.size(); ++i) {
    const auto& member = group.members[i];
    text.append(i > 0 ? ",{\"id\":" : "{\"id\":");
    append_json_string(member.id, text);
    text.append(",\"instance\":");
    member.instance_id ? append_json_string(*member.instance_id, text) : void(text.append("null"));
    text.append(",\"partitions\":[");
    for (std::size_t j = 0; j < member.partitions.size(); ++j) {
      if (j > 0) text.push_back(',');
      append_json_string(member.partitions[j].to_string(), text);
    }
    text.append("]}");
  }
  text.append("],\"offsets\":[");
  for (std::size_t i = 0; i < all.size(); ++i) {
    text.append(i > 0 ? ",{\"topic\":" : "{\"topic\":");
    append_json_string(all[i].partition.topic, text);
    text.append(",\"partition\":" + std::to_string(all[i].partition.partition.value()) +
                ",\"offset\":" + std::to_string(all[i].committed.value()) +
                ",\"end\":" + (all[i].end ? std::to_string(all[i].end->value()) : "null") +
                ",\"lag\":" + std::to_string(all[i].lag) + "}");
  }
  return text + "]}\n";
}

Result<int> describe_group(const GroupOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(group, client.admin()->describe_group(options.group));
  if (group.state == "Dead") return fail(ErrorCode::group_id_not_found, "group " + options.group);
  WEIR_TRY_VAR(all, progress_of(client, options.group));
  WEIR_TRY(print(options.output == Output::json ? as_json(group, all) : as_text(group, all)));
  return kDone;
}

}  // namespace

void add_group_describe(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<GroupOptions>();
  auto* verb = group.add_subcommand("describe", "a group's members and offsets");
  verb->add_option("group", options->group, "its name")->required()->type_name("GROUP");
  add_log(*verb, options->log);
  add_output(*verb, options->output);
  choose(*verb, chosen, options, describe_group);
}

}  // namespace weir::cli
