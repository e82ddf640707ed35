#include "log/broker/cleaner.h"

#include "log/cluster/log_config.h"

namespace weir::log::broker {

namespace {

// After an adoption, also where it left nothing: the names of the new files become safe, and snapshots are written
// again.
Result<> remove_superseded(Partition& partition) {
  const auto superseded = partition.with_log([](const storage::PartitionLog& log) { return log.superseded(); });
  if (auto safe = partition.files().sync_directory(superseded.directory); !safe) {
    partition.with_log([&](storage::PartitionLog& log) { log.sync_failed(safe.error()); });
    return safe;
  }
  WEIR_TRY(storage::remove(partition.files(), superseded));
  partition.with_log([&](storage::PartitionLog& log) { log.removed(superseded); });
  return {};
}

}  // namespace

Task<Result<std::optional<Cleaner::Cleaned>>> Cleaner::clean_one(std::int64_t now_ms, Pace pace) {
  auto candidate = dirtiest(now_ms);
  if (!candidate) co_return std::optional<Cleaned>();
  auto cleaned = co_await clean(*candidate, now_ms, std::move(pace));
  const Partition& partition = *candidate->partition;
  if (!cleaned) {
    failed_[partition.name()] = partition.positions().end;
    co_return fail(cleaned.error().at("compaction of " + partition.name().to_string()));
  }
  failed_.erase(partition.name());
  co_return std::optional<Cleaned>(*std::move(cleaned));
}

std::optional<Cleaner::Candidate> Cleaner::dirtiest(std::int64_t now_ms) {
  std::optional<Candidate> best;
  for (const auto& topic : topics_.list()) {
    const cluster::LogConfig config = cluster::log_config(topic);
    if (!config.compacts) continue;
    for (std::int32_t i = 0; i < topic.partitions; ++i) {
      auto partition = topics_.find(topic.name, PartitionIndex(i));
      if (!partition) continue;  // removed meanwhile
      auto look = (*partition)->with_log([&](storage::PartitionLog& log) {
        return Look{log.cleanable(config.compaction, now_ms), !log.superseded().paths.empty()};
      });
      if (look.has_superseded && !remove_superseded(**partition)) continue;
      auto failed = failed_.find((*partition)->name());
      if (failed != failed_.end() && failed->second == (*partition)->positions().end) continue;
      if (!look.cleanable || !look.cleanable->is_due) continue;
      if (best && best->cleanable.dirty_ratio >= look.cleanable->dirty_ratio) continue;
      best = Candidate{*std::move(partition), *look.cleanable, config.compaction};
    }
  }
  return best;
}

Task<Result<Cleaner::Cleaned>> Cleaner::clean(Candidate candidate, std::int64_t now_ms, Pace pace) {
  Partition& partition = *candidate.partition;
  FileSystem& files = partition.files();
  WEIR_CO_TRY_VAR(
      plan, partition.with_log([&](storage::PartitionLog& log) { return log.plan_compaction(candidate.cleanable); }));
  storage::CompactionRun run;
  run.key_memory = options_.key_memory;
  run.rules = {now_ms, candidate.policy.delete_retention_ms};
  run.pace = std::move(pace);
  WEIR_CO_TRY_VAR(compacted, co_await storage::compact(files, plan, std::move(run)));
  Cleaned cleaned{partition.name(), compacted.records_removed, compacted.bytes_before, compacted.bytes_after};
  partition.with_log([](storage::PartitionLog& log) { log.begin_replacing(); });
  if (auto made = storage::make_way(files, plan, compacted); !made) {
    partition.with_log([](storage::PartitionLog& log) { log.end_replacing(); });
    co_return fail(made.error());
  }
  WEIR_CO_TRY(partition.with_log([&](storage::PartitionLog& log) { return log.adopt(plan, std::move(compacted)); }));
  WEIR_CO_TRY(remove_superseded(partition));  // what is left is removed the next time
  co_return cleaned;
}

}  // namespace weir::log::broker
