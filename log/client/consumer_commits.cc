// LogConsumer's commits, its own and those that it makes by itself, and its look-ups of offsets.
#include <algorithm>

#include "log/client/group_offsets.h"
#include "log/client/log_consumer.h"
#include "log/client/offset_lookup.h"

namespace weir::log {

namespace {

Result<std::map<TopicPartition, Offset>> offsets_of(Result<std::map<TopicPartition, OffsetAndEpoch>> found) {
  if (!found) return fail(std::move(found).error());
  std::map<TopicPartition, Offset> offsets;
  for (const auto& [partition, at] : *found) offsets[partition] = at.offset;
  return offsets;
}

}  // namespace

Result<> LogConsumer::commit(std::span<const PartitionOffset> offsets) {
  return commit(group_metadata(), offsets);
}

Result<> LogConsumer::commit(const GroupMetadata& who, std::span<const PartitionOffset> offsets) {
  if (!options_.group_id) return fail(ErrorCode::invalid_group_id, "commit: this consumer has no group_id");
  wait_for_commits();
  if (offsets.empty()) return {};
  auto outcome = connection_.loop.run(commit_group_offsets(connection_, view_, who, {offsets.begin(), offsets.end()}));
  if (!outcome && member_) member_->commit_refused(outcome.error().code, who.generation);
  return outcome;
}

Result<> LogConsumer::commit() {
  return commit(positions(assignment_));
}

std::vector<PartitionOffset> LogConsumer::positions(std::span<const TopicPartition> partitions) const {
  std::vector<PartitionOffset> offsets;
  for (const auto& partition : partitions) {
    auto place = places_.find(partition);
    if (place == places_.end() || slots_[place->second].position == kNoOffset) continue;
    offsets.push_back({partition, {slots_[place->second].position, slots_[place->second].epoch}});
  }
  return offsets;
}

std::int64_t LogConsumer::next_auto_commit_ns() const {
  return connection_.clock.deadline_ns(options_.auto_commit_interval.value_or(Millis(0)));
}

void LogConsumer::auto_commit_if_due() {
  if (!options_.auto_commit_interval || connection_.clock.monotonic_ns() < auto_commit_ns_) return;
  auto_commit_ns_ = next_auto_commit_ns();
  if (const auto offsets = positions(assignment_); !offsets.empty()) commit_async(offsets, {});
}

void LogConsumer::auto_commit_now(std::span<const TopicPartition> partitions) {
  if (options_.auto_commit_interval && !is_ending_) (void)commit(positions(partitions));
}

void LogConsumer::commit_async(std::span<const PartitionOffset> offsets, CommitCallback done) {
  if (!options_.group_id) {
    if (done) done(fail(ErrorCode::invalid_group_id, "commit_async: this consumer has no group_id"));
    return;
  }
  commits_.push_back({group_metadata(), {offsets.begin(), offsets.end()}, std::move(done), std::nullopt});
  start_commit();
}

// One at a time, so that one that is tried again does not come behind a later one.
void LogConsumer::start_commit() {
  if (commits_.empty() || commits_.front().task) return;
  auto& [who, offsets, done, task] = commits_.front();
  task.emplace(commit_group_offsets(connection_, view_, who, offsets));
  task->start();
}

void LogConsumer::finish_commits() {
  while (!commits_.empty() && commits_.front().task->done()) {
    auto commit = std::move(commits_.front());
    commits_.pop_front();
    start_commit();
    auto outcome = commit.task->take();
    if (!outcome && member_) member_->commit_refused(outcome.error().code, commit.who.generation);
    if (commit.done) commit.done(std::move(outcome));
  }
}

void LogConsumer::wait_for_commits() {
  for (finish_commits(); !commits_.empty(); finish_commits()) (void)connection_.loop.resume_ready();
}

Result<std::map<TopicPartition, OffsetAndMetadata>> LogConsumer::committed(std::span<const TopicPartition> partitions) {
  if (!options_.group_id) return fail(ErrorCode::invalid_group_id, "committed: this consumer has no group_id");
  if (partitions.empty()) return std::map<TopicPartition, OffsetAndMetadata>{};
  return connection_.loop.run(
      fetch_group_offsets(connection_, view_, *options_.group_id, {partitions.begin(), partitions.end()}));
}

Result<std::map<TopicPartition, Offset>> LogConsumer::offsets_at(std::span<const TopicPartition> partitions,
                                                                 std::int64_t timestamp, Isolation isolation) {
  std::map<TopicPartition, std::int64_t> wanted;
  for (const auto& partition : partitions) wanted[partition] = timestamp;
  return offsets_of(connection_.loop.run(look_up_offsets(connection_, view_, std::move(wanted), isolation)));
}

Result<OffsetAndEpoch> LogConsumer::end_position(const TopicPartition& partition) {
  WEIR_TRY_VAR(found, connection_.loop.run(look_up_offsets(connection_, view_, {{partition, kLatestOffset}},
                                                           Isolation::read_uncommitted)));
  return found.at(partition);
}

Result<OffsetAndEpoch> LogConsumer::epoch_end(const TopicPartition& partition, LeaderEpoch epoch) {
  return connection_.loop.run(look_up_epoch_end(connection_, view_, partition, epoch));
}

Result<std::map<TopicPartition, Offset>> LogConsumer::end_offsets(std::span<const TopicPartition> partitions,
                                                                  Isolation isolation) {
  return offsets_at(partitions, kLatestOffset, isolation);
}

Result<std::map<TopicPartition, Offset>> LogConsumer::beginning_offsets(std::span<const TopicPartition> partitions) {
  return offsets_at(partitions, kEarliestOffset, options_.isolation);
}

Result<std::map<TopicPartition, Offset>> LogConsumer::offsets_for_times(
    const std::map<TopicPartition, std::int64_t>& timestamps) {
  for (const auto& [partition, timestamp] : timestamps) {
    if (timestamp < 0) return fail(ErrorCode::invalid_argument, "a negative timestamp for " + partition.to_string());
  }
  return offsets_of(connection_.loop.run(look_up_offsets(connection_, view_, timestamps, options_.isolation)));
}

}  // namespace weir::log
