#include "streams/runtime/restorer.h"

#include <algorithm>
#include <array>

#include "streams/runtime/position_check.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

namespace {

constexpr std::int64_t kPatienceMs = 120'000;                    // longer than any transaction may stay open
constexpr std::int64_t kTombstonesLiveMs = 24 * 60 * 60 * 1000;  // delete.retention.ms of changelogs

// A source's record as its table would have kept it: decoded and encoded again, since other bytes may stand for the
// same key. Only rows whose times and types a source takes come to the store.
class SourceRow {
 public:
  explicit SourceRow(const SourceSpec& source) : source_(source), key_(source.key), value_(source.value) {}

  Result<bool> restore(const log::RecordView& record, state::Store& rows) {
    if (record.timestamp_ms < 0 || (!record.value && !source_.takes_null_values)) return false;
    if (!source_.key->decode(*record.key, key_.get())) return false;
    if (record.value && !source_.value->decode(*record.value, value_.get())) return false;
    const Bytes key = source_.key->encode_key(key_.get(), key_bytes_);
    NullableBytes value;
    if (record.value) value = source_.value->encode(value_.get(), value_bytes_);
    WEIR_TRY(rows.restore(key, value, record.timestamp_ms));
    return true;
  }

 private:
  const SourceSpec& source_;
  ErasedObject key_;
  ErasedObject value_;
  OwnedBytes key_bytes_;
  OwnedBytes value_bytes_;
};

}  // namespace

Result<state::Position> Restorer::position_now(const Task::Store& store) {
  WEIR_TRY_VAR(end, consumer_.end_position(store.changelog_partition));
  return state::Position{plan_.changelogs.at(store.spec->name), end.epoch, end.offset, clock_.wall_ms()};
}

Result<std::optional<std::string>> Restorer::why_rebuild(const Task::Store& store, const state::Position& position,
                                                         log::Offset end) {
  const log::TopicPartition& changelog = store.changelog_partition;
  const PositionCheck check{changelog, plan_.changelogs.at(store.spec->name), end, clock_.wall_ms(), kTombstonesLiveMs};
  WEIR_TRY_VAR(why, streams::why_rebuild(position, check, consumer_));
  if (!why && store.spec->source && position.next > end) {
    why = "the store ends at offset " + to_string(position.next) + " of " + changelog.to_string() +
          ", behind the committed position " + to_string(end);
  }
  return why;
}

Result<std::uint64_t> Restorer::read(Task::Store& store, log::Offset from, log::Offset end, std::size_t most_bytes) {
  const log::TopicPartition& changelog = store.changelog_partition;
  WEIR_TRY(consumer_.assign({changelog}));
  WEIR_TRY(consumer_.seek(changelog, from));
  log::BatchReader reader;
  std::array<log::RecordView, 64> chunk;
  std::optional<SourceRow> source_row;
  if (store.spec->source) source_row.emplace(*plan_.topology->node(*store.spec->source).source);
  std::uint64_t records = 0;
  std::int64_t last_progress_ms = clock_.monotonic_ms();
  for (;;) {
    WEIR_TRY_VAR(position, consumer_.position(changelog));
    if (position >= end) break;
    if (*is_stopping_) return fail(ErrorCode::closed, "the application was stopped while it was restored");
    if (clock_.monotonic_ms() - last_progress_ms > kPatienceMs) {
      return fail(ErrorCode::timed_out, "waiting for an open transaction at offset " + to_string(position));
    }
    WEIR_TRY_VAR(batches, consumer_.poll(Millis(100)));
    for (const log::FetchedBatch& fetched : batches) {
      WEIR_TRY(reader.open(fetched.batch));
      for (;;) {
        WEIR_TRY_VAR(count, reader.fill(chunk));
        if (count == 0) break;
        for (std::size_t i = 0; i < count; ++i) {
          const log::RecordView& record = chunk[i];
          if (record.offset < fetched.first_wanted || record.offset >= end || !record.key) continue;
          if (source_row) {
            WEIR_TRY_VAR(is_row, source_row->restore(record, *store.rows));
            records += is_row ? 1 : 0;
          } else {
            WEIR_TRY(store.rows->restore(*record.key, record.value, record.timestamp_ms));
            ++records;
          }
        }
      }
    }
    if (!batches.empty()) last_progress_ms = clock_.monotonic_ms();
    const bool is_full = store.rows->memory_bytes() > most_bytes && store.rows->pending_rows() > 0;
    if (is_full || store.rows->pending_bytes() > shares_.pending) WEIR_TRY(write_down(store, end, most_bytes));
  }
  store.rows->committed();
  return records;
}

// What was read, and what of it is in memory if that is too much.
Result<> Restorer::write_down(Task::Store& store, log::Offset end, std::size_t most_bytes) {
  WEIR_TRY_VAR(reached, consumer_.position(store.changelog_partition));
  WEIR_TRY_VAR(now, position_now(store));
  now.next = std::min(reached, end);
  WEIR_TRY(store.rows->apply(now));
  // Twice: what was used since the last look stays at the first.
  for (int look = 0; look < 2 && store.rows->memory_bytes() > most_bytes; ++look) {
    store.rows->evict(store.rows->memory_bytes() - most_bytes / 2);
  }
  return {};
}

Result<RestoreReport> Restorer::restore(Task::Store& store, std::size_t most_bytes) {
  return restore_up_to(store, std::nullopt, most_bytes);
}

Result<RestoreReport> Restorer::restore_from_source(Task::Store& store, log::Offset committed, std::size_t most_bytes) {
  return restore_up_to(store, committed, most_bytes);
}

Result<RestoreReport> Restorer::restore_up_to(Task::Store& store, std::optional<log::Offset> committed,
                                              std::size_t most_bytes) {
  const log::TopicPartition& changelog = store.changelog_partition;
  RestoreReport report;
  report.store = store.spec->name;
  report.partition = changelog.partition;
  auto named = [&](const Error& error) {
    return error.at("store " + report.store + ", " + changelog.to_string());
  };

  auto restored = [&]() -> Result<> {
    WEIR_TRY_VAR(ends, consumer_.end_offsets(std::span(&changelog, 1), log::Isolation::read_uncommitted));
    report.to = std::min(ends.at(changelog), committed.value_or(ends.at(changelog)));
    WEIR_TRY_VAR(stored, store.rows->stored_position());
    if (stored) {
      WEIR_TRY_VAR(why, why_rebuild(store, *stored, report.to));
      report.rebuilt_because = std::move(why);
    }
    if (report.rebuilt_because) WEIR_TRY(store.rows->clear());
    if (stored && !report.rebuilt_because) {
      report.from = stored->next;
    } else {
      WEIR_TRY_VAR(starts, consumer_.beginning_offsets(std::span(&changelog, 1)));
      report.from = starts.at(changelog);
    }
    if (report.from < report.to) {
      // A store of windows that knows all of its rows need not look below for each key that comes.
      WEIR_TRY(store.rows->preload(most_bytes));
      WEIR_TRY_VAR(records, read(store, report.from, report.to, most_bytes));
      report.records = records;
    }
    return {};
  }();
  if (!restored) return fail(named(restored.error()));
  return report;
}

}  // namespace weir::streams
