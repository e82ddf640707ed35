#include "connect/runtime/sink_runner.h"

#include <algorithm>
#include <set>

#include "connect/contracts/sink_commit.h"
#include "log/base/crc32c.h"
#include "log/base/log_line.h"
#include "log/client/record_walk.h"

namespace weir::connect {

namespace {
constexpr std::size_t kMostMetadataBytes = 4'000;  // with the number of the commit at most 4,096
}

SinkRunner::SinkRunner(log::Client client, std::unique_ptr<Sink> sink, SinkOptions options)
    : client_(std::move(client)), sink_(std::move(sink)), options_(std::move(options)) {}

SinkRunner::~SinkRunner() = default;

Result<> SinkRunner::start() {
  consumer_.reset();
  put_ = 0;
  skipped_before_ = sink_->skipped();
  commits_.clear();
  WEIR_TRY_VAR(partitions, this->partitions());
  WEIR_TRY_VAR(consumer, client_.consumer({.group_id = "connect-" + options_.name}));
  WEIR_TRY(consumer->assign(partitions));
  if (partitions.empty()) {
    consumer_ = std::move(consumer);
    return {};
  }
  WEIR_TRY_VAR(committed, consumer->committed(partitions));
  WEIR_TRY_VAR(last, commits_in(committed));
  for (const auto& [partition, commit] : last) commits_[partition] = commit.number;
  WEIR_TRY_VAR(owner, this->owner());
  sink_->belongs_to(owner);
  WEIR_TRY_VAR(metadata, sink_->start(last));
  consumer_ = std::move(consumer);
  WEIR_TRY(go_to(committed));
  next_commit_ms_ = client_.clock().monotonic_ms() + options_.commit_interval.count();
  return last.empty() ? commit(metadata) : Result<>{};
}

Result<SinkCommits> SinkRunner::commits_in(
    const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed) const {
  SinkCommits last;
  for (const auto& [partition, position] : committed) {
    auto commit = SinkCommit::parse(position.metadata);
    if (!commit) return fail(commit.error().at("group connect-" + options_.name + ", " + partition.to_string()));
    last[partition] = *std::move(commit);
  }
  return last;
}

Result<> SinkRunner::step(Millis timeout) {
  if (!consumer_) return fail(ErrorCode::wrong_state, "the sink is not started");
  const std::int64_t now = client_.clock().monotonic_ms();
  if (now >= next_commit_ms_) WEIR_TRY(commit());
  const bool has_more_to_commit = put_ > 0;
  if (has_more_to_commit) timeout = std::min(timeout, Millis(std::max<std::int64_t>(next_commit_ms_ - now, 1)));
  WEIR_TRY_VAR(batches, consumer_->poll(timeout));
  for (const auto& batch : batches) {
    WEIR_TRY(for_each_record(reader_, batch, [&](const log::RecordView& record) {
      ++put_;
      return sink_->put(batch.partition, record);
    }));
  }
  return {};
}

Result<> SinkRunner::commit() {
  next_commit_ms_ = client_.clock().monotonic_ms() + options_.commit_interval.count();
  if (put_ == 0) return {};
  WEIR_TRY_VAR(metadata, sink_->flush());
  return commit(metadata);
}

Result<> SinkRunner::commit(const std::string& metadata) {
  if (metadata.size() > kMostMetadataBytes) {
    return fail(ErrorCode::offset_metadata_too_large,
                "the sink's metadata has " + std::to_string(metadata.size()) + " bytes");
  }
  std::vector<log::PartitionOffset> offsets;
  for (const auto& partition : consumer_->assignment()) {
    WEIR_TRY_VAR(position, consumer_->position(partition));
    const std::string text = SinkCommit{commits_[partition] + 1, metadata}.to_text();
    offsets.push_back({partition, {position, log::kNoLeaderEpoch, text}});
  }
  WEIR_TRY(consumer_->commit(offsets));
  for (auto& [partition, number] : commits_) ++number;
  ++report_.commits;
  const std::uint64_t skipped = sink_->skipped() - skipped_before_;
  report_.records += put_ - skipped;
  report_.skipped += skipped;
  skipped_before_ += skipped;
  put_ = 0;
  return {};
}

Result<SinkRunner::Ends> SinkRunner::ends() {
  const auto& partitions = consumer_->assignment();
  WEIR_TRY_VAR(stable, consumer_->end_offsets(partitions, log::Isolation::read_committed));
  WEIR_TRY_VAR(all, consumer_->end_offsets(partitions, log::Isolation::read_uncommitted));
  for (const auto& partition : partitions) {
    if (stable[partition] == all[partition]) continue;
    log_line::warn("connector {}: {}: a transaction is open at offset {}; what follows is not written", options_.name,
                   partition.to_string(), stable[partition].value());
  }
  return stable;
}

Result<bool> SinkRunner::has_reached(const Ends& ends) {
  for (const auto& [partition, end] : ends) {
    WEIR_TRY_VAR(position, consumer_->position(partition));
    if (position < end) return false;
  }
  return true;
}

// The connector, its task if it has several, and the topics it reads: their ids are of this log alone.
Result<std::string> SinkRunner::owner() const {
  std::string owner = "connector " + options_.name;
  if (options_.tasks > 1) owner += ", task " + std::to_string(options_.task) + " of " + std::to_string(options_.tasks);
  auto admin = client_.admin();
  for (const auto& topic : std::set<std::string>(options_.topics.begin(), options_.topics.end())) {
    WEIR_TRY_VAR(description, admin->describe_topic(topic));
    owner += ", " + topic + " " + description.id.to_string();
  }
  return owner;
}

Result<std::vector<log::TopicPartition>> SinkRunner::partitions() const {
  std::vector<log::TopicPartition> all;
  auto admin = client_.admin();
  for (const auto& topic : std::set<std::string>(options_.topics.begin(), options_.topics.end())) {
    WEIR_TRY_VAR(description, admin->describe_topic(topic));
    // Topics begin at different tasks. What a partition's task is must not change when others come.
    const auto first = static_cast<std::int64_t>(crc32c(topic));
    for (std::int32_t i = 0; i < description.partitions; ++i) {
      if ((first + i) % options_.tasks == options_.task) all.push_back({topic, log::PartitionIndex(i)});
    }
  }
  return all;
}

// To the committed offsets, as far as they are in the log: retention may have passed them, and a power cut may have
// taken the end of a log. Both are said.
Result<> SinkRunner::go_to(const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed) {
  const auto& partitions = consumer_->assignment();
  WEIR_TRY_VAR(begins, consumer_->beginning_offsets(partitions));
  WEIR_TRY_VAR(ends, consumer_->end_offsets(partitions, log::Isolation::read_uncommitted));
  for (const auto& partition : partitions) {
    auto found = committed.find(partition);
    log::Offset from = found != committed.end() ? found->second.offset : begins[partition];
    if (from < begins[partition]) {
      log_line::warn("connector {}: {}: offsets {} to {} were deleted before they were written", options_.name,
                     partition.to_string(), from.value(), begins[partition].value() - 1);
      from = begins[partition];
    }
    if (from > ends[partition]) {
      log_line::warn("connector {}: {}: offsets {} to {} were written, but the log has lost them", options_.name,
                     partition.to_string(), ends[partition].value(), from.value() - 1);
      from = ends[partition];
    }
    WEIR_TRY(consumer_->seek(partition, from));
  }
  return {};
}

}  // namespace weir::connect
