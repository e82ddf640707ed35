#include "streams/runtime/global_reader.h"

#include <algorithm>

#include "log/base/log_line.h"
#include "streams/runtime/position_check.h"

namespace weir::streams {

Result<GlobalReader::Ends> GlobalReader::ends() {
  std::vector<log::TopicPartition> all;
  for (const std::string& topic : tables_.topics()) {
    for (std::int32_t p = 0; p < plan_.partitions.at(topic); ++p) all.push_back({topic, log::PartitionIndex(p)});
  }
  return reader_.consumer().end_offsets(all, log::Isolation::read_committed);
}

Result<std::vector<RestoreReport>> GlobalReader::begin() {
  WEIR_TRY_VAR(ends, this->ends());
  WEIR_TRY_VAR(reports, begin_all(ends));
  WEIR_TRY(read_on(ends));
  return reports;
}

Result<> GlobalReader::read_on(const Ends& ends) {
  std::vector<ChangelogReader::Reading> readings;
  for (const auto& [partition, end] : ends) {
    log::Offset first = end;
    for (const GlobalStore* store : tables_.stores_of(partition.topic)) {
      first = std::min(first, store->next_in(partition.partition));
    }
    readings.push_back({partition, first, end, this});
  }
  return reader_.begin(readings);
}

// What the topic holds changed under its reader: rows were deleted before they were read, or it lost some.
Result<> GlobalReader::begin_where_rows_are() {
  WEIR_TRY_VAR(ends, this->ends());
  WEIR_TRY(tables_.apply(clock_.wall_ms()));
  WEIR_TRY_VAR(reports, begin_all(ends));
  for (const RestoreReport& report : reports) {
    if (!report.rebuilt_because) continue;
    log_line::warn("global table {} (partition {}): read again from the beginning, because {}", report.store,
                   report.partition.value(), *report.rebuilt_because);
  }
  return read_on(ends);
}

// Every store stands somewhere in every partition. One that cannot go on in one of them begins anew in all.
Result<std::vector<RestoreReport>> GlobalReader::begin_all(const Ends& ends) {
  std::vector<RestoreReport> reports;
  for (GlobalStore* store : tables_.stores()) {
    std::optional<std::string> why;
    for (const auto& [partition, end] : ends) {
      const auto position =
          partition.topic == store->spec().topic ? store->position_in(partition.partition) : std::nullopt;
      if (!position || why) continue;
      const Plan::GlobalTopic& topic = plan_.global_topics.at(partition.topic);
      const PositionCheck check{partition, topic.id, end, clock_.wall_ms(),
                                topic.deletions_live_ms.value_or(PositionCheck::kForever)};
      WEIR_TRY_VAR(found, why_rebuild(*position, check, reader_.consumer()));
      why = std::move(found);
    }
    if (why) WEIR_TRY(store->clear());
    for (const auto& [partition, end] : ends) {
      if (partition.topic != store->spec().topic) continue;
      WEIR_TRY_VAR(report, begin(*store, partition, end));
      report.rebuilt_because = why;
      reports.push_back(std::move(report));
    }
  }
  return reports;
}

Result<RestoreReport> GlobalReader::begin(GlobalStore& store, const log::TopicPartition& partition, log::Offset end) {
  if (!store.position_in(partition.partition)) {
    WEIR_TRY_VAR(starts, reader_.consumer().beginning_offsets(std::span(&partition, 1)));
    store.begin_at(partition.partition, starts.at(partition));
  }
  const log::Offset from = store.next_in(partition.partition);
  return RestoreReport{store.spec().name,
                       partition.partition,
                       from,
                       std::max(from, end),
                       static_cast<std::uint64_t>(std::max<std::int64_t>(0, end - from)),
                       std::nullopt};
}

Result<> GlobalReader::step(Millis patience) {
  auto read = reader_.step(patience);
  if (!read && read.error().code == ErrorCode::offset_out_of_range) return begin_where_rows_are();
  WEIR_TRY_VAR(has_moved, std::move(read));
  return has_moved ? keep_within() : Result<>();
}

// What can be had again from below goes when it is more than its share of memory, twice as in `Restorer`.
Result<> GlobalReader::keep_within() {
  const bool is_full = tables_.memory_bytes() > shares_.rows && tables_.pending_bytes() > 0;
  if (is_full || tables_.pending_bytes() > shares_.pending) WEIR_TRY(tables_.apply(clock_.wall_ms()));
  for (int look = 0; look < 2 && is_full && tables_.memory_bytes() > shares_.rows; ++look) {
    tables_.evict(tables_.memory_bytes() - shares_.rows / 2);
  }
  return {};
}

}  // namespace weir::streams
