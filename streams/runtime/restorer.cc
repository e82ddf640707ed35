#include "streams/runtime/restorer.h"

#include <array>

namespace weir::streams {

namespace {

constexpr std::int64_t kPatienceMs = 120'000;                    // longer than any transaction may stay open
constexpr std::int64_t kTombstonesLiveMs = 24 * 60 * 60 * 1000;  // delete.retention.ms of changelogs
constexpr std::size_t kMostPendingRows = 500'000;

std::string at(log::Offset offset) {
  return std::to_string(offset.value());
}

}  // namespace

Result<state::Position> Restorer::position_now(const Task::Store& store) {
  TRY_VAR(end, consumer_.end_position(store.changelog_partition));
  return state::Position{plan_.changelogs.at(store.spec->name), end.epoch, end.offset, clock_.wall_ms()};
}

Result<std::optional<std::string>> Restorer::why_rebuild(const Task::Store& store, const state::Position& position,
                                                         log::Offset end) {
  using Why = std::optional<std::string>;
  const log::TopicPartition& changelog = store.changelog_partition;
  if (position.topic != plan_.changelogs.at(store.spec->name)) return Why(changelog.topic + " was made anew");
  TRY_VAR(held, consumer_.epoch_end(changelog, position.epoch));
  if (position.next > log::Offset(0) && held.offset < position.next) {
    return Why(changelog.to_string() + " lost its tail: the store knows it up to offset " + at(position.next) +
               " in epoch " + std::to_string(position.epoch.value()) + ", the log only up to " + at(held.offset));
  }
  TRY_VAR(starts, consumer_.beginning_offsets(std::span(&changelog, 1)));
  if (position.next < starts.at(changelog)) {
    return Why(changelog.to_string() + " begins at offset " + at(starts.at(changelog)) + ", the store ends at " +
               at(position.next));
  }
  if (position.next < end && clock_.wall_ms() - position.commit_time_ms > kTombstonesLiveMs) {
    return Why("the store was last written " +
               std::to_string((clock_.wall_ms() - position.commit_time_ms) / 3'600'000) +
               " hours ago: deletions since then may have been compacted away");
  }
  return Why();
}

Result<std::uint64_t> Restorer::read(Task::Store& store, log::Offset from, log::Offset end) {
  const log::TopicPartition& changelog = store.changelog_partition;
  TRY(consumer_.assign({changelog}));
  TRY(consumer_.seek(changelog, from));
  log::BatchReader reader;
  std::array<log::RecordView, 64> chunk;
  std::uint64_t records = 0;
  std::int64_t last_progress_ms = clock_.monotonic_ms();
  for (;;) {
    TRY_VAR(position, consumer_.position(changelog));
    if (position >= end) break;
    if (clock_.monotonic_ms() - last_progress_ms > kPatienceMs) {
      return fail(ErrorCode::timed_out, "waiting for an open transaction at offset " + at(position));
    }
    TRY_VAR(batches, consumer_.poll(Millis(100)));
    for (const log::FetchedBatch& fetched : batches) {
      TRY(reader.open(fetched.batch));
      for (;;) {
        TRY_VAR(count, reader.fill(chunk));
        if (count == 0) break;
        for (std::size_t i = 0; i < count; ++i) {
          const log::RecordView& record = chunk[i];
          if (record.offset < fetched.first_wanted || !record.key) continue;
          TRY(store.rows->restore(*record.key, record.value, record.timestamp_ms));
          ++records;
        }
      }
    }
    if (!batches.empty()) last_progress_ms = clock_.monotonic_ms();
    if (store.rows->pending_rows() > kMostPendingRows) {
      TRY_VAR(reached, consumer_.position(changelog));
      TRY_VAR(now, position_now(store));
      now.next = reached;
      TRY(store.rows->apply(now));
    }
  }
  store.rows->committed();
  return records;
}

Result<RestoreReport> Restorer::restore(Task::Store& store) {
  const log::TopicPartition& changelog = store.changelog_partition;
  RestoreReport report;
  report.store = store.spec->name;
  report.partition = changelog.partition;
  auto named = [&](const Error& error) {
    return error.at("store " + report.store + ", " + changelog.to_string());
  };

  auto restored = [&]() -> Result<> {
    TRY_VAR(ends, consumer_.end_offsets(std::span(&changelog, 1), log::Isolation::read_uncommitted));
    report.to = ends.at(changelog);
    TRY_VAR(stored, store.rows->stored_position());
    if (stored) {
      TRY_VAR(why, why_rebuild(store, *stored, report.to));
      report.rebuilt_because = std::move(why);
    }
    if (report.rebuilt_because) TRY(store.rows->clear());
    if (stored && !report.rebuilt_because) {
      report.from = stored->next;
    } else {
      TRY_VAR(starts, consumer_.beginning_offsets(std::span(&changelog, 1)));
      report.from = starts.at(changelog);
    }
    if (report.from < report.to) {
      TRY_VAR(records, read(store, report.from, report.to));
      report.records = records;
    }
    return {};
  }();
  if (!restored) return fail(named(restored.error()));
  return report;
}

}  // namespace weir::streams
