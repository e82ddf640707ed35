#include "streams/runtime/restoration.h"

#include <algorithm>

#include "log/client/record_walk.h"
#include "streams/runtime/position_check.h"

namespace weir::streams {

namespace {
constexpr std::int64_t kTombstonesLiveMs = 24 * 60 * 60 * 1000;  // delete.retention.ms of changelogs
}

Restoration::Restoration(Task& task, Task::Store& store, const Plan& plan) : task_(task), store_(store), plan_(plan) {
  report_.store = store.spec->name;
  report_.partition = store.changelog_partition.partition;
  if (store.spec->source) decoder_.emplace(SourceDecoder::types_of(*plan.topology->node(*store.spec->source).source));
}

Error Restoration::named(const Error& error) const {
  return error.at("store " + report_.store + ", " + store_.changelog_partition.to_string());
}

Result<std::optional<std::string>> Restoration::why_rebuild(const state::Position& position, log::Consumer& consumer,
                                                            std::int64_t now_ms) const {
  const log::TopicPartition& changelog = store_.changelog_partition;
  const PositionCheck check{changelog, plan_.changelogs.at(store_.spec->name), report_.to, now_ms, kTombstonesLiveMs};
  WEIR_TRY_VAR(why, streams::why_rebuild(position, check, consumer));
  if (!why && store_.spec->source && position.next > report_.to) {
    why = "the store ends at offset " + to_string(position.next) + " of " + changelog.to_string() +
          ", behind the committed position " + to_string(report_.to);
  }
  return why;
}

Result<> Restoration::begin(log::Consumer& consumer, std::optional<log::Offset> committed, std::int64_t now_ms) {
  const log::TopicPartition& changelog = store_.changelog_partition;
  WEIR_TRY_VAR(end, consumer.end_position(changelog));
  store_.end = end;
  WEIR_TRY_VAR(ends, consumer.end_offsets(std::span(&changelog, 1), log::Isolation::read_uncommitted));
  report_.to = std::min(ends.at(changelog), committed.value_or(ends.at(changelog)));
  WEIR_TRY_VAR(stored, store_.rows->stored_position());
  if (stored) {
    WEIR_TRY_VAR(why, why_rebuild(*stored, consumer, now_ms));
    report_.rebuilt_because = std::move(why);
  }
  if (report_.rebuilt_because) WEIR_TRY(store_.rows->clear());
  if (stored && !report_.rebuilt_because) {
    report_.from = stored->next;
    since_ms_ = stored->commit_time_ms;
  } else {
    WEIR_TRY_VAR(starts, consumer.beginning_offsets(std::span(&changelog, 1)));
    report_.from = starts.at(changelog);
    since_ms_ = now_ms;
  }
  return {};
}

Result<> Restoration::take(const log::FetchedBatch& batch) {
  auto taken = log::for_each_record(batch_, batch, [&](const log::RecordView& record) -> Result<> {
    if (record.offset < report_.from || record.offset >= report_.to || !record.key) return {};
    return take_one(record);
  });
  if (!taken) return fail(named(taken.error()));
  return {};
}

// A source's record is decoded and encoded again, since other bytes may stand for the same key. Only rows whose times
// and types a source takes come to the store.
Result<> Restoration::take_one(const log::RecordView& record) {
  Bytes key = *record.key;
  NullableBytes value = record.value;
  if (decoder_) {
    if (record.timestamp_ms < 0 || decoder_->decode(record) != SourceDecoder::Outcome::usable) return {};
    key = decoder_->encoded_key(key_scratch_);
    if (value) value = decoder_->encoded_value(value_scratch_);
  }
  ++report_.records;
  return store_.rows->restore(key, value, record.timestamp_ms);
}

Result<> Restoration::write_down(ChangelogReader& reader) {
  auto written = [&]() -> Result<> {
    WEIR_TRY_VAR(reached, reader.position(store_.changelog_partition));
    if (reached.epoch == log::kNoLeaderEpoch) reached.epoch = store_.end.epoch;
    if (reached.offset > report_.to) reached = {report_.to, std::min(reached.epoch, store_.end.epoch)};
    return store_.rows->apply({plan_.changelogs.at(store_.spec->name), reached.epoch, reached.offset, since_ms_, {}});
  }();
  if (!written) return fail(named(written.error()));
  return {};
}

void Restoration::finish() {
  store_.rows->committed();
}

}  // namespace weir::streams
