#include "log/broker/retention.h"

#include <algorithm>

#include "log/base/saturate.h"
#include "log/cluster/log_config.h"

namespace weir::log::broker {

namespace {

// Whether the log's start has moved.
Result<bool> shorten(storage::PartitionLog& log, const cluster::LogConfig& config, std::int64_t now_ms) {
  if (config.segment_bytes) log.set_segment_bytes(*config.segment_bytes);
  std::int64_t longest_ms = config.segment_ms;
  if (config.compacts) longest_ms = std::min(longest_ms, config.compaction.max_lag_ms);
  if (config.deletes && config.retention_ms) longest_ms = std::min(longest_ms, *config.retention_ms);
  if (longest_ms < now_ms) WEIR_TRY(log.roll_if_older(now_ms - longest_ms, now_ms));
  if (!config.deletes) return false;

  storage::PartitionLog::Retention retention;
  retention.now_ms = now_ms;
  if (config.retention_ms) retention.oldest_ms = saturated_difference(now_ms, *config.retention_ms);
  retention.most_bytes = config.retention_bytes;
  WEIR_TRY_VAR(from, log.retained_from(retention));
  const bool has_moved = from > log.log_start();
  log.delete_before(from);
  return has_moved;
}

}  // namespace

// The new starts are written down before anything is removed: no crash leaves a hole.
Result<> apply_retention(Topics& topics, std::int64_t now_ms) {
  Result<> outcome;
  std::vector<std::shared_ptr<Partition>> shortened;
  for (const auto& topic : topics.list()) {
    const cluster::LogConfig config = cluster::log_config(topic);
    for (std::int32_t i = 0; i < topic.partitions; ++i) {
      auto partition = topics.find(topic.name, PartitionIndex(i));
      if (!partition) continue;  // removed meanwhile
      auto moved = (*partition)->with_log([&](storage::PartitionLog& log) { return shorten(log, config, now_ms); });
      if (!moved && outcome) outcome = fail(moved.error().at((*partition)->name().to_string()));
      if (moved && *moved) shortened.push_back(*std::move(partition));
    }
  }
  if (shortened.empty()) return outcome;
  WEIR_TRY(topics.checkpoint());
  for (const auto& partition : shortened) {
    auto removed = partition->with_log([](storage::PartitionLog& log) { return log.remove_dead_segments(); });
    if (!removed && outcome) outcome = std::move(removed);
  }
  return outcome;
}

namespace {

Result<Offset> move_start(Partition& partition, Offset before) {
  return partition.with_log([&](storage::PartitionLog& log) -> Result<Offset> {
    if (before > log.high_watermark()) {
      return fail(ErrorCode::offset_out_of_range, partition.name().to_string() + ": records up to " +
                                                      std::to_string(before.value()) + " are to go, of " +
                                                      std::to_string(log.high_watermark().value()));
    }
    log.delete_before(before.value() < 0 ? log.high_watermark() : before);
    return log.log_start();
  });
}

}  // namespace

std::vector<Result<Offset>> delete_records(Topics& topics, const std::vector<Deletion>& deletions) {
  std::vector<Result<Offset>> starts;
  for (const auto& deletion : deletions) starts.push_back(move_start(*deletion.partition, deletion.before));
  const auto written = topics.checkpoint();
  for (std::size_t i = 0; i < deletions.size(); ++i) {
    if (!starts[i]) continue;
    if (!written) {
      starts[i] = fail(written.error());
      continue;
    }
    auto removed =
        deletions[i].partition->with_log([](storage::PartitionLog& log) { return log.remove_dead_segments(); });
    if (!removed) starts[i] = fail(removed.error());
  }
  return starts;
}

}  // namespace weir::log::broker
