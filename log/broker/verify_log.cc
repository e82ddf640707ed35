#include "log/broker/verify_log.h"

#include <algorithm>

#include "log/broker/broker.h"

namespace weir::log::broker {

namespace {

using OffsetAndEpochEnd = storage::LeaderEpochs::End;

bool has_partition(const cluster::Metadata& metadata, const storage::PartitionDirectory& directory) {
  if (directory.topic_id == cluster::metadata_directory().topic_id) return true;
  const cluster::Topic* topic = metadata.find(directory.topic_id);
  return topic != nullptr && directory.is_of(topic->name) && directory.partition.partition.value() < topic->partitions;
}

// A topic's directories are made when the metadata has it, and removed when it has it no more.
Result<> compare_with_metadata(FileSystem& files, const std::string& path, Clock& clock,
                               const storage::VerifyOptions& options, storage::VerifyReport& report) {
  storage::LogDirectory::Options reading;
  reading.read_only = true;
  reading.boot_id = options.boot_id;
  WEIR_TRY_VAR(directory, storage::LogDirectory::open(files, path, reading));
  WEIR_TRY_VAR(log, cluster::MetadataLog::open(*directory, clock, cluster::Sync::no));
  WEIR_TRY_VAR(there, directory->partitions());
  // Beside its writer: a directory that was listed is of a topic that was committed before.
  WEIR_TRY(log->refresh());
  const auto state = log->state();
  const cluster::Metadata& metadata = *state;
  for (const auto& note : log->notes()) report.problems.push_back(note);
  for (const auto& one : there) {
    if (has_partition(metadata, one) || metadata.was_deleted(one.topic_id)) continue;
    report.problems.push_back(path + "/partitions/" + one.name() + " belongs to no topic that the metadata knows");
  }
  for (const auto& [name, topic] : metadata.topics()) {
    for (std::int32_t i = 0; i < topic->partitions; ++i) {
      const std::string wanted =
          path + "/partitions/" + storage::PartitionDirectory{{name, PartitionIndex(i)}, topic->id}.name();
      WEIR_TRY_VAR(is_there, files.exists(wanted));
      const bool is_told = std::ranges::any_of(
          report.partitions, [&](const storage::VerifiedPartition& verified) { return verified.directory == wanted; });
      if (!is_there && !is_told)
        report.problems.push_back(wanted + " is not there, and the metadata has its partition");
    }
  }
  // Of topics that were deleted nothing is missed.
  std::erase_if(report.partitions, [&](const storage::VerifiedPartition& verified) {
    const auto name = storage::PartitionDirectory::parse(verified.directory.substr(path.size() + 12));
    return verified.finding && name && metadata.was_deleted(name->topic_id);
  });
  return {};
}

Result<> compare_with_groups(FileSystem& files, const std::string& path, Clock& clock,
                             const storage::VerifyOptions& options, storage::VerifyReport& report) {
  BrokerOptions reading;
  reading.read_only = true;
  reading.boot_id = options.boot_id;
  WEIR_TRY_VAR(broker, Broker::open(files, path, clock, reading));
  // Beside the writer: the ends are looked at behind the offsets.
  WEIR_TRY(broker->topics().refresh());
  for (auto& line : offsets_behind_ends(broker->topics(), broker->coordinators().groups())) {
    report.problems.push_back(std::move(line));
  }
  for (const auto& fault : broker->coordinators().faults()) {
    const bool is_told = std::any_of(report.partitions.begin(), report.partitions.end(), [&](const auto& verified) {
      return verified.finding && fault.detail.find(verified.directory) != std::string::npos;
    });
    if (!is_told) report.problems.push_back(fault.detail);
  }
  return {};
}

}  // namespace

namespace {

// Where what was committed ends: behind the log's end, or where its epoch ended, something was lost.
std::optional<OffsetAndEpochEnd> end_before(const Topics& topics, const GroupService::Committed& committed) {
  auto found = topics.find(committed.partition.topic, committed.partition.partition);
  if (!found) return std::nullopt;  // the topic was deleted
  return (*found)->with_log([&](const storage::PartitionLog& log) -> std::optional<OffsetAndEpochEnd> {
    const CommittedOffset& at = committed.offset;
    if (at.leader_epoch != kNoLeaderEpoch) {
      const auto end = log.end_of_epoch(at.leader_epoch);
      if (end.end_offset != kNoOffset && end.end_offset < at.offset) return end;
    }
    if (at.offset <= log.end_offset()) return std::nullopt;
    return OffsetAndEpochEnd{log.latest_epoch(), log.end_offset()};
  });
}

std::string what_was_lost(const GroupService::Committed& committed, Offset end) {
  return "group " + committed.group + " committed offset " + std::to_string(committed.offset.offset.value()) + " of " +
         committed.partition.to_string() + ", and what it had read ends at " + std::to_string(end.value()) + " now";
}

}  // namespace

std::vector<std::string> offsets_behind_ends(const Topics& topics, GroupService& groups) {
  std::vector<std::string> lines;
  for (const auto& committed : groups.all()) {
    if (auto end = end_before(topics, committed)) {
      lines.push_back(what_was_lost(committed, end->end_offset) + ": records are lost");
    }
  }
  return lines;
}

Task<std::vector<std::string>> move_offsets_to_ends(const Topics& topics, GroupService& groups, Executor& executor) {
  std::vector<std::string> lines;
  auto all = groups.all();
  for (auto& committed : all) {
    // Without an epoch nobody knows whether what lies before it was ever read: whoever takes it up is told.
    if (committed.offset.leader_epoch == kNoLeaderEpoch) continue;
    const auto end = end_before(topics, committed);
    if (!end) continue;
    const std::string line = what_was_lost(committed, end->end_offset);
    committed.offset.offset = end->end_offset;
    committed.offset.leader_epoch = end->epoch;
    const auto moved = co_await groups.set(committed, executor);
    lines.push_back(line + (moved ? ": the power went; it goes on there" : ": " + moved.error().to_string()));
  }
  co_return lines;
}

Result<storage::VerifyReport> verify_log(FileSystem& files, const std::string& path, Clock& clock,
                                         const storage::VerifyOptions& options) {
  WEIR_TRY_VAR(report, storage::verify(files, path, options));
  auto compared = compare_with_metadata(files, path, clock, options, report);
  if (compared) compared = compare_with_groups(files, path, clock, options, report);
  if (!compared) report.problems.push_back(compared.error().to_string());
  return report;
}

}  // namespace weir::log::broker
