#include "streams/runtime/global_store.h"

#include "log/base/assert.h"
#include "log/client/record_walk.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

namespace {

std::unique_ptr<state::Store> made_of(const StoreSpec& spec, std::unique_ptr<state::Backing> backing) {
  switch (spec.kind) {
    case StoreKind::key_value:
      return std::make_unique<state::KeyValueStore>(spec.name, *spec.value, std::move(backing));
    case StoreKind::window:
      return std::make_unique<state::WindowStore>(spec.name, *spec.value, spec.retention_ms, nullptr);
    case StoreKind::custom:
      break;
  }
  return spec.make(spec.name);
}

}  // namespace

GlobalStore::GlobalStore(const GlobalTableSpec& spec, const Source& source, std::unique_ptr<state::Backing> backing)
    : spec_(spec),
      topic_(source.topic),
      is_on_disk_(backing != nullptr),
      rows_(made_of(spec.store, std::move(backing))),
      filler_(spec.make_filler ? spec.make_filler() : nullptr),
      places_(static_cast<std::size_t>(source.partitions)),
      decoder_(SourceDecoder::types_of(spec)) {
  WEIR_ASSERT(source.partitions > 0, spec.topic);
}

GlobalStore::~GlobalStore() = default;

Result<> GlobalStore::open() {
  WEIR_TRY_VAR(found, rows_->stored_position());
  found_ = std::move(found);
  if (found_) {
    places_[0] = {found_->epoch, found_->next};
    const std::size_t known = std::min(places_.size() - 1, found_->further.size());
    std::copy_n(found_->further.begin(), known, places_.begin() + 1);
  }
  if (filler_ == nullptr) return {};
  try {
    filler_->open(*this);
  } catch (const OperatorError& error) {
    return fail(ErrorCode::user_exception, error.what());
  }
  return {};
}

std::optional<state::Position> GlobalStore::position_in(log::PartitionIndex partition) const {
  if (!found_) return std::nullopt;
  const state::Place& place = places_[index(partition)];
  return state::Position{found_->topic, place.epoch, place.next, found_->commit_time_ms};
}

Result<> GlobalStore::clear() {
  found_.reset();
  places_.assign(places_.size(), {});
  return rows_->clear();
}

TableRow GlobalStore::look_up(const void*, const EncodedKey& key) {
  const state::Row* row = static_cast<state::KeyValueStore&>(*rows_).find(key.bytes, key.hash);
  return row == nullptr ? TableRow{} : TableRow{row->value(), row->timestamp_ms()};
}

// --- reading ---

Result<> GlobalStore::take(const log::FetchedBatch& fetched, bool skips_undecodable, Counters& counters) {
  state::Place& place = places_[index(fetched.partition.partition)];
  counters_ = &counters;
  WEIR_TRY(log::for_each_record(batch_, fetched, [&](const log::RecordView& record) -> Result<> {
    if (record.offset < place.next) return {};
    taken_ = SourceRecord{&fetched.partition, &record};
    if (auto taken = take_one(record, skips_undecodable, counters); !taken) {
      return weir::fail(taken.error().at("global store " + spec_.name + ": " + fetched.partition.to_string() +
                                         ", offset " + std::to_string(record.offset.value())));
    }
    return {};
  }));
  taken_.reset();
  place.next = std::max(place.next, fetched.batch.header.next_offset());
  place.epoch = fetched.batch.header.leader_epoch;
  rows_->committed();  // what was taken up is final
  if (!is_on_disk_) return rows_->apply({});
  return {};
}

Result<> GlobalStore::take_one(const log::RecordView& record, bool skips_undecodable, Counters& counters) {
  switch (decoder_.decode(record)) {
    case SourceDecoder::Outcome::null_key:
      counters.dropped_null_key.add();
      return {};
    case SourceDecoder::Outcome::null_value:
      counters.dropped_null_value.add();
      return {};
    case SourceDecoder::Outcome::undecodable:
      if (!skips_undecodable) return weir::fail(ErrorCode::corrupt_data, decoder_.what_is_wrong(record));
      counters.skipped_undecodable.add();
      return {};
    case SourceDecoder::Outcome::usable:
      break;
  }
  if (filler_ == nullptr) return keep_last(record);
  return fill({.key = decoder_.key(),
               .value = decoder_.value(),
               .timestamp_ms = record.timestamp_ms,
               .headers = record.headers.empty() ? nullptr : &record.headers},
              counters);
}

// As a store is restored: nothing below is looked at.
Result<> GlobalStore::keep_last(const log::RecordView& record) {
  Bytes key = *record.key;
  if (!spec_.key->is_canonical) key = decoder_.encoded_key(scratch_);
  return rows_->restore(key, record.value, record.timestamp_ms);
}

Result<> GlobalStore::fill(const Record& record, Counters& counters) {
  if (spec_.skips_errors) rows_->set_savepoint();
  try {
    filler_->take(record);
  } catch (const OperatorError& error) {
    if (!spec_.skips_errors) return weir::fail(ErrorCode::user_exception, error.reason());
    rows_->roll_back();
    counters.skipped_errors.add();
    return {};
  }
  if (spec_.skips_errors) rows_->release_savepoint();
  return {};
}

Result<> GlobalStore::apply(std::int64_t now_ms) {
  if (!is_on_disk_) return {};
  state::Position position{topic_, places_[0].epoch, places_[0].next, now_ms};
  position.further.assign(places_.begin() + 1, places_.end());
  return rows_->apply(position);
}

}  // namespace weir::streams
