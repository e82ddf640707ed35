#include "log/storage/partition_log.h"

#include <algorithm>
#include <array>

#include "log/base/assert.h"
#include "log/model/for_each_record.h"
#include "log/storage/batch_check.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

std::string place(const std::string& directory, Offset offset) {
  return directory + ", offset " + std::to_string(offset.value());
}

constexpr std::size_t kSnapshotsKept = 2;

ErrorCode refusal_or_damage(ErrorCode code) {
  return is_refused_for_now(code) ? code : ErrorCode::storage_error;
}

}  // namespace

PartitionLog::PartitionLog(FileCache& cache, std::string directory, Options options, Recovered recovered,
                           const RecoveryHints& hints)
    : cache_(cache),
      directory_(std::move(directory)),
      options_(options),
      segments_(std::move(recovered.segments)),
      state_(std::move(recovered.state)),
      tail_(*options.tail_budget),
      log_start_(segments_.empty() ? hints.log_start : std::max(hints.log_start, segments_.front()->base_offset())),
      end_(recovered.end),
      high_watermark_(recovered.end),
      synced_(std::min(hints.synced, recovered.end)),
      settled_(synced_),
      cleaned_to_(std::min(hints.cleaned_to, recovered.end)),
      finding_(std::move(recovered.finding)),
      known_{hints.log_start, hints.synced, hints.written, hints.cleaned_to},
      scanned_bytes_(recovered.scanned_bytes) {
  log_start_ = std::min(log_start_, end_);
  state_.epochs.truncate_from(end_);
  state_.producers.high_watermark_moved(high_watermark_);
  // A kill, or a sync that failed, may have left names that are not safe: the first sync sees to them.
  new_names_ = hints.may_change;
  if (finding_ && finding_->is_damage) stopped_ = Error{ErrorCode::storage_error, finding_->to_string()};
  is_read_only_ = !hints.may_change;
  if (is_read_only_ && !stopped_) stopped_ = Error{ErrorCode::storage_error, directory_ + " is open for reading only"};
}

Result<std::unique_ptr<PartitionLog>> PartitionLog::open(FileCache& cache, std::string directory, Options options,
                                                         const RecoveryHints& hints) {
  WEIR_ASSERT(options.tail_budget != nullptr);
  WEIR_TRY_VAR(recovered, recover(cache, directory, hints, options.clock->wall_ms()));
  return std::unique_ptr<PartitionLog>(
      new PartitionLog(cache, std::move(directory), options, std::move(recovered), hints));
}

std::unique_ptr<PartitionLog> PartitionLog::unavailable(FileCache& cache, std::string directory, Options options,
                                                        const RecoveryHints& hints, const Error& why) {
  Recovered nothing;
  nothing.end = hints.log_start;
  nothing.finding = Finding{Finding::Kind::unavailable, directory, 0, hints.log_start, 0, true, hints.known_end()};
  nothing.finding->reason = why.to_string();
  return std::unique_ptr<PartitionLog>(
      new PartitionLog(cache, std::move(directory), options, std::move(nothing), hints));
}

Checkpoint::Partition PartitionLog::reached() const {
  if (is_damaged()) return known_;
  const Offset most = cutting_to_.value_or(end_);
  return {std::min(log_start_, most), std::min(synced_, most), std::min(end_, most), std::min(cleaned_to_, most)};
}

// append ----------------------------------------------------------------------------------------------------------

Result<Appended> PartitionLog::append(const RecordBatch& batch, LeaderEpoch epoch, Origin origin) {
  if (stopped_) return fail(ErrorCode::storage_error, stopped_->detail);
  std::optional<EndMarker> marker;
  WEIR_TRY_VAR(known, check(batch, origin, marker));
  if (known) return *known;
  WEIR_ASSERT(epoch >= state_.epochs.latest(), "an epoch that is over writes nothing");
  WEIR_TRY(make_room(batch.bytes.size()));

  BatchHeader header = batch.header;
  header.base_offset = end_;
  header.leader_epoch = epoch;
  if (auto written = write(header, batch); !written) {
    dirty_tail_ = true;
    if (!is_refused_for_now(written.error().code)) stopped_ = written.error().at(place(directory_, end_));
    return fail(refusal_or_damage(written.error().code), written.error().detail);
  }
  if (batch.trust == Trust::sealed_here) {
    tail_.add({header, batch.bytes, batch.trust});
  } else {
    tail_.clear();  // what it holds must end at the end of the log
  }
  state_.apply(header, marker, options_.clock->wall_ms());
  WEIR_ASSERT(header.base_offset == end_ && header.next_offset() > end_ &&
              active().next_offset() == header.next_offset());
  end_ = header.next_offset();
  return Appended{header.base_offset, header.last_offset(), false};
}

Result<std::optional<Appended>> PartitionLog::check(const RecordBatch& batch, Origin origin,
                                                    std::optional<EndMarker>& marker) {
  WEIR_TRY(check_header(batch.header));
  if (batch.header.is_control() && origin == Origin::client) {
    return fail(ErrorCode::invalid_record, "control batches are the log's own");
  }
  if (batch.trust == Trust::foreign) WEIR_TRY(check_foreign(batch));
  if (!batch.header.has_producer()) return std::nullopt;
  if (batch.header.is_control()) {
    WEIR_TRY_VAR(found, marker_in(batch));
    if (!found) return fail(ErrorCode::invalid_record, "a control batch without marker");
    marker = found;
    WEIR_TRY(state_.producers.check_marker(batch.header.producer_id, batch.header.producer_epoch,
                                           marker->coordinator_epoch));
    return std::nullopt;
  }
  if (origin == Origin::coordinator) {
    WEIR_TRY(state_.producers.check_epoch(batch.header));
    return std::nullopt;
  }
  WEIR_TRY_VAR(duplicate, state_.producers.check(batch.header));
  if (!duplicate) return std::nullopt;
  return Appended{duplicate->base_offset, duplicate->last_offset, true};
}

// Brings the end of the last segment in order, or starts a new one.
Result<> PartitionLog::make_room(std::size_t batch_bytes) {
  if (dirty_tail_) {
    if (auto cut = active().cut_tail(); !cut) {
      if (is_refused_for_now(cut.error().code)) return cut;  // a file system may need room even for that
      stopped_ = cut.error();
      return fail(ErrorCode::storage_error, cut.error().detail);
    }
    dirty_tail_ = false;
  }
  bool full = active().size() > 0 && active().size() + batch_bytes > options_.segment_bytes;
  return full ? roll() : Result<>{};
}

Result<> PartitionLog::roll() {
  // Both are derived: without them the next open reads more.
  (void)active().save_index();
  auto segment = Segment::create(cache_, directory_, end_);
  if (!segment) {
    return fail(refusal_or_damage(segment.error().code), segment.error().detail);
  }
  segments_.push_back(*std::move(segment));
  new_names_ = true;
  (void)save_snapshot();
  return {};
}

Result<> PartitionLog::write(const BatchHeader& header, const RecordBatch& batch) {
  if (batch.trust == Trust::sealed_here) {
    // Sealed by this process for this log: nobody else looks at these bytes before they are appended.
    assign_offset(const_cast<char*>(batch.bytes.data()), header.base_offset, header.leader_epoch);
    Bytes whole = batch.bytes.view();
    return active().append(header, {&whole, 1});
  }
  constexpr std::size_t kChanged = kBatchPrefixSize + 4;  // base offset, length, leader epoch
  std::array<char, kChanged> front;
  std::copy_n(batch.bytes.data(), kChanged, front.data());
  assign_offset(front.data(), header.base_offset, header.leader_epoch);
  const std::array<Bytes, 2> parts = {Bytes(front.data(), kChanged), batch.bytes.view().substr(kChanged)};
  return active().append(header, parts);
}

// read ------------------------------------------------------------------------------------------------------------

Offset PartitionLog::bound(ReadUpTo up_to) const {
  switch (up_to) {
    case ReadUpTo::end:
      return end_;
    case ReadUpTo::high_watermark:
      return high_watermark_;
    case ReadUpTo::last_stable_offset:
      return last_stable_offset();
  }
  return log_start_;
}

Offset PartitionLog::told_end(ReadUpTo up_to) const {
  if (!is_damaged()) return bound(up_to);
  return std::max({bound(up_to), finding_->lost_to, finding_->offset + 1});
}

// At the bound of a log that takes no appends waiting would not help: a damaged one may also have lost the marker that
// an open transaction waits for.
Result<> PartitionLog::check_readable(Offset offset, Offset upper) const {
  const bool is_behind = offset >= upper;
  if (is_damaged()) {
    const Offset first = segments_.empty() ? end_ : segments_.front()->base_offset();
    const bool was_there = offset >= known_.log_start && offset <= told_end(ReadUpTo::end);
    if (!was_there || (offset >= first && !is_behind)) return {};
    const bool is_corrupt = finding_->kind == Finding::Kind::damaged;
    return fail(is_corrupt ? ErrorCode::corrupt_message : ErrorCode::storage_error, finding_->to_string());
  }
  const bool is_over = stopped_ && !is_read_only_ && is_behind;
  return is_over ? fail(ErrorCode::storage_error, stopped_->detail) : Result<>{};
}

std::size_t PartitionLog::segment_of(Offset offset) const {
  auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                [](Offset wanted, const auto& segment) { return wanted < segment->base_offset(); });
  return after == segments_.begin() ? 0 : static_cast<std::size_t>(after - segments_.begin()) - 1;
}

Result<ReadPlan> PartitionLog::plan_read(Offset offset, std::size_t max_bytes, ReadUpTo up_to,
                                         AtLeastOne at_least_one) {
  return again_if_replaced([&] { return plan_read_now(offset, max_bytes, up_to, at_least_one); });
}

Result<ReadPlan> PartitionLog::plan_read_now(Offset offset, std::size_t max_bytes, ReadUpTo up_to,
                                             AtLeastOne at_least_one) {
  WEIR_TRY(check_readable(offset, bound(up_to)));
  if (offset < log_start_ || offset > std::max(bound(up_to), high_watermark_)) {
    return fail(ErrorCode::offset_out_of_range, place(directory_, offset) + " is not in [" +
                                                    std::to_string(log_start_.value()) + ", " +
                                                    std::to_string(high_watermark_.value()) + "]");
  }
  ReadPlan plan;
  plan.offset = offset;
  plan.upper = bound(up_to);
  plan.max_bytes = max_bytes;
  plan.at_least_one = at_least_one;
  if (offset >= plan.upper) return plan;
  plan_from_tail(plan);
  if (!plan.in_memory.parts.empty() || tail_.find(offset) != tail_.end()) return plan;

  std::size_t at = segment_of(offset);
  while (at < segments_.size() && segments_[at]->next_offset() <= offset) ++at;  // in a gap between segments
  if (at == segments_.size()) return plan;
  Segment& segment = *segments_[at];
  WEIR_TRY_VAR(index, segment.index());
  WEIR_TRY_VAR(file, segment.file());
  plan.file = std::move(file);
  plan.path = segment.path();
  plan.offset = std::max(offset, segment.base_offset());
  const SegmentIndex::Entry* entry = index->entry_for(offset);
  plan.position = entry != nullptr ? entry->position : 0;
  plan.at_position = entry != nullptr ? entry->offset : segment.base_offset();
  plan.end = index->position_not_before(plan.upper, segment.size());
  return plan;
}

void PartitionLog::plan_from_tail(ReadPlan& plan) const {
  plan.in_memory.trust = Trust::sealed_here;
  std::size_t total = 0;
  for (auto entry = tail_.find(plan.offset); entry != tail_.end() && entry->base_offset < plan.upper; ++entry) {
    bool fits = total + entry->bytes.size() <= plan.max_bytes;
    bool must = plan.in_memory.parts.empty() && plan.at_least_one == AtLeastOne::yes;
    if (!fits && !must) return;
    total += entry->bytes.size();
    plan.in_memory.parts.push_back(entry->bytes);
  }
}

namespace {

tl::unexpected<Error> not_a_batch(const ReadPlan& plan, std::uint64_t position, const std::string& why) {
  return fail(ErrorCode::corrupt_message, plan.path + ", byte " + std::to_string(position) + ": " + why);
}

// The batches in `bytes`, which begin at plan.position: those that are wanted and whole, as one run.
struct Cut {
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t short_batch = 0;  // the size of the first wanted batch, if it is not whole
};

// `expected` is the base offset of the first batch, and then that of the one behind the last: a base offset is outside
// of its batch's checksum.
Result<Cut> cut_out(const ReadPlan& plan, std::uint64_t position, Bytes bytes, Offset& expected) {
  Cut cut;
  std::size_t at = 0;
  bool started = false;
  while (bytes.size() - at >= kBatchHeaderSize) {
    auto header = BatchHeader::parse(bytes.substr(at));
    if (!header) return not_a_batch(plan, position + at, header.error().detail);
    if (header->base_offset != expected) return not_a_batch(plan, position + at, "offsets do not follow");
    if (header->base_offset >= plan.upper) return cut;
    std::size_t next = at + header->size_bytes();
    bool wanted = started || header->last_offset() >= plan.offset;
    if (wanted && !started) cut.from = cut.to = at;
    if (next > bytes.size()) {
      if (wanted && !started) cut.short_batch = header->size_bytes();
      if (wanted) return cut;
      expected = header->next_offset();
      cut.from = cut.to = next;  // begin there the next time
      return cut;
    }
    if (wanted) {
      bool too_much = next - cut.from > plan.max_bytes;
      if (too_much && (started || plan.at_least_one == AtLeastOne::no)) return cut;
      started = true;
      cut.to = next;
    } else {
      cut.from = cut.to = next;
    }
    expected = header->next_offset();
    at = next;
  }
  if (!started) cut.from = cut.to = at;
  return cut;
}

// What is handed out may be kept for long: it holds no more than four times what is in it. A full read stays where it
// is.
SharedBytes fitting(PooledBuffer buffer, Bytes bytes) {
  if (capacity_for(bytes.size()) * 4 > buffer.capacity) return {std::move(buffer.data), bytes};
  auto smaller = fitting_buffer(bytes.size()).data;
  std::copy(bytes.begin(), bytes.end(), smaller.get());
  Bytes copied(smaller.get(), bytes.size());
  return {std::move(smaller), copied};
}

}  // namespace

Result<Records> perform(const ReadPlan& plan) {
  if (!plan.file) return plan.in_memory;
  constexpr std::size_t kSkipped = 32 * 1024;  // what the sparse index may make us read in vain
  Records records;
  std::uint64_t position = plan.position;
  std::size_t wanted = plan.max_bytes + kSkipped;
  Offset expected = plan.at_position;
  while (position < plan.end) {
    auto size = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, plan.end - position));
    auto buffer = pooled_buffer(size);
    WEIR_TRY_VAR(count, plan.file->read_at(position, buffer.data.get(), size));
    Bytes bytes(buffer.data.get(), count);
    WEIR_TRY_VAR(cut, cut_out(plan, position, bytes, expected));
    if (cut.to > cut.from) {
      records.parts.push_back(fitting(std::move(buffer), bytes.substr(cut.from, cut.to - cut.from)));
      return records;
    }
    if (cut.short_batch > 0) {
      if (cut.short_batch > plan.max_bytes && plan.at_least_one == AtLeastOne::no) return records;
      if (cut.short_batch > plan.end - position - cut.from) {
        return not_a_batch(plan, position + cut.from, "a batch reaches past the end");
      }
      if (cut.from == 0 && cut.short_batch <= size) return not_a_batch(plan, position, "the file ends too early");
      wanted = std::max(plan.max_bytes, cut.short_batch);
    } else if (cut.from == 0) {
      if (count < kBatchHeaderSize) return not_a_batch(plan, position, "the file ends too early");
      return records;  // everything from here on is beyond the bound
    }
    position += cut.from;
  }
  if (position > plan.end) return not_a_batch(plan, plan.end, "a batch reaches past the end");
  return records;
}

// time ------------------------------------------------------------------------------------------------------------

namespace {

Result<std::optional<TimestampAndOffset>> first_in_batch(const RecordBatch& batch, std::int64_t timestamp_ms,
                                                         Offset up_to) {
  std::optional<TimestampAndOffset> first;
  WEIR_TRY(for_each_record(batch, [&](const RecordView& record) {
    if (record.offset >= up_to) return false;
    if (record.timestamp_ms >= timestamp_ms) first = TimestampAndOffset{record.timestamp_ms, record.offset};
    return !first.has_value();
  }));
  return first;
}

}  // namespace

Result<std::optional<TimestampAndOffset>> PartitionLog::find_timestamp(std::int64_t timestamp_ms, Offset up_to) {
  return again_if_replaced([&] { return find_timestamp_now(timestamp_ms, up_to); });
}

Result<std::optional<TimestampAndOffset>> PartitionLog::find_timestamp_now(std::int64_t timestamp_ms, Offset up_to) {
  for (auto& segment : segments_) {
    if (segment->base_offset() >= up_to) break;
    WEIR_TRY_VAR(index, segment->index());
    if (index->max_timestamp() < timestamp_ms) continue;
    WEIR_TRY_VAR(file, segment->file());
    BatchScanner scanner(*file, index->position_for_time(timestamp_ms), segment->size(), CheckCrc::no);
    for (;;) {
      WEIR_TRY_VAR(found, scanner.next());
      if (found != BatchScanner::Found::batch || scanner.header().base_offset >= up_to) break;
      if (scanner.header().max_timestamp < timestamp_ms || scanner.header().is_control()) continue;
      if (scanner.header().last_offset() < log_start_) continue;
      WEIR_TRY_VAR(batch, scanner.load());
      WEIR_TRY_VAR(hit, first_in_batch(batch, timestamp_ms, up_to));
      if (hit && hit->offset >= log_start_) return hit;
    }
  }
  return std::nullopt;
}

Result<TimestampAndOffset> PartitionLog::find_max_timestamp(Offset up_to) {
  std::int64_t largest = kNoTimestamp;
  for (auto& segment : segments_) {
    WEIR_TRY_VAR(index, segment->index());
    largest = std::max(largest, index->max_timestamp());
  }
  // Index maxima may count what lies beyond `up_to` or in markers: come down until a record is found.
  while (largest > kNoTimestamp) {
    WEIR_TRY_VAR(found, find_timestamp(largest, up_to));
    if (found) return *found;
    std::int64_t below = kNoTimestamp;
    for (auto& segment : segments_) {
      WEIR_TRY_VAR(file, segment->file());
      BatchScanner scanner(*file, 0, segment->size(), CheckCrc::no);
      for (;;) {
        WEIR_TRY_VAR(state, scanner.next());
        if (state != BatchScanner::Found::batch || scanner.header().base_offset >= up_to) break;
        if (scanner.header().max_timestamp < largest) below = std::max(below, scanner.header().max_timestamp);
      }
    }
    largest = below;
  }
  return TimestampAndOffset{};
}

// watermarks ------------------------------------------------------------------------------------------------------

void PartitionLog::set_high_watermark(Offset offset) {
  const Offset stable_before = last_stable_offset();
  high_watermark_ = std::max(high_watermark_, std::min(offset, end_));
  state_.producers.high_watermark_moved(high_watermark_);
  const Offset stable = last_stable_offset();
  WEIR_ASSERT(stable_before <= stable && stable <= high_watermark_ && high_watermark_ <= end_,
              "what a reader was given as committed stays so");
}

std::uint64_t PartitionLog::size_bytes() const {
  std::uint64_t total = 0;
  for (const auto& segment : segments_) total += segment->size();
  return total;
}

// truncate, delete, close -----------------------------------------------------------------------------------------

Result<> PartitionLog::truncate(Offset offset) {
  if (offset >= end_) return {};
  WEIR_TRY(leave_journal());
  cutting_to_ = offset;  // until it is done: what fails in between may have been cut
  if (!superseded_.paths.empty()) WEIR_TRY(remove(cache_.files(), superseded_));
  superseded_.paths.clear();
  tail_.clear();
  while (segments_.size() > 1 && segments_.back()->base_offset() >= offset) {
    WEIR_TRY(segments_.back()->remove());
    segments_.pop_back();
  }
  WEIR_TRY_VAR(file, active().file());
  BatchScanner scanner(*file, 0, active().size(), CheckCrc::no);
  std::uint64_t position = 0;
  Offset next = active().base_offset();
  for (;;) {
    WEIR_TRY_VAR(found, scanner.next());
    if (found != BatchScanner::Found::batch || scanner.header().last_offset() >= offset) break;
    position = scanner.next_position();
    next = scanner.header().next_offset();
  }
  WEIR_TRY(active().truncate(position, next));
  // The state before the cut is that of an older snapshot and the batches behind it.
  WEIR_TRY_VAR(names, cache_.files().list(directory_));
  for (const auto& name : names) {
    auto end = offset_in_name(name, kStateSuffix);
    if (end && *end > next) WEIR_TRY(cache_.files().remove(directory_ + "/" + name));
  }
  RecoveryHints hints;
  hints.synced = std::min(synced_, next);
  hints.written = next;
  hints.log_start = std::min(log_start_, next);
  WEIR_TRY_VAR(again, recover(cache_, directory_, hints, options_.clock->wall_ms()));
  segments_ = std::move(again.segments);
  state_ = std::move(again.state);
  end_ = again.end;
  high_watermark_ = std::min(high_watermark_, end_);
  synced_ = std::min(synced_, end_);
  settled_ = std::min(settled_, end_);
  synced_place_.reset();
  log_start_ = std::min(log_start_, end_);
  cleaned_to_ = std::min(cleaned_to_, end_);
  new_names_ = true;
  cutting_to_.reset();
  return {};
}

void PartitionLog::delete_before(Offset offset) {
  log_start_ = std::max(log_start_, std::min(offset, high_watermark_));
  state_.forget_aborted_before(log_start_);
}

Result<> PartitionLog::remove_dead_segments() {
  while (segments_.size() > 1 && segments_.front()->next_offset() <= log_start_) {
    WEIR_TRY(segments_.front()->remove());
    segments_.erase(segments_.begin());
  }
  return {};
}

Result<Offset> PartitionLog::retained_from(const Retention& retention) {
  std::uint64_t bytes = size_bytes();
  Offset from = log_start_;
  for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
    WEIR_TRY_VAR(index, segments_[i]->index());
    const std::int64_t newest_ms = age_time(*segments_[i], index->max_timestamp(), retention.now_ms);
    bool too_old = retention.oldest_ms && newest_ms < *retention.oldest_ms;
    bool too_much = retention.most_bytes && bytes > *retention.most_bytes;
    if (!too_old && !too_much) break;
    bytes -= segments_[i]->size();
    from = segments_[i]->next_offset();
  }
  return std::min(from, high_watermark_);
}

// A record's time, if it can be one that has been.
std::int64_t PartitionLog::age_time(const Segment& segment, std::int64_t record_ms, std::int64_t now_ms) const {
  if (record_ms >= 0 && record_ms <= now_ms) return record_ms;
  return cache_.files().modified_ms(segment.path()).value_or(record_ms);
}

Result<> PartitionLog::roll_if_older(std::int64_t oldest_ms, std::int64_t now_ms) {
  if (stopped_ || active().size() == 0) return {};
  WEIR_TRY_VAR(index, active().index());
  std::int64_t began_ms = index->first_timestamp();
  if (began_ms < 0 || began_ms > now_ms) {
    if (!seen_ || seen_->segment != active().base_offset()) {
      seen_ = Seen{active().base_offset(), std::min(now_ms, age_time(active(), began_ms, now_ms))};
    }
    began_ms = seen_->at_ms;
  }
  return began_ms < oldest_ms ? roll() : Result<>{};
}

Result<> PartitionLog::save_snapshot() {
  // Recovery would pass over what tells that a file is superseded.
  if (is_replacing_ || !superseded_.paths.empty()) return {};
  PartitionSnapshot snapshot{end_, active().base_offset(), active().size(), state_};
  const std::string path = directory_ + "/" + file_name(end_, kStateSuffix);
  {
    // Not synced: its checksum tells whether it is whole, and after a power cut it counts only below the synced offset.
    WEIR_TRY_VAR(file, cache_.files().open(path + ".tmp", OpenMode::create));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY(file->write_at(0, snapshot.encode()));
  }
  WEIR_TRY(cache_.files().rename(path + ".tmp", path));
  WEIR_TRY_VAR(names, cache_.files().list(directory_));
  std::erase_if(names, [](const std::string& name) { return !offset_in_name(name, kStateSuffix); });
  for (std::size_t i = 0; i + kSnapshotsKept < names.size(); ++i) {
    WEIR_TRY(cache_.files().remove(directory_ + "/" + names[i]));
  }
  return {};
}

Result<> PartitionLog::close() {
  if (segments_.empty() || stopped_) return {};
  if (dirty_tail_) {
    WEIR_TRY(active().cut_tail());
    dirty_tail_ = false;
  }
  if (active().size() > 0) WEIR_TRY(active().save_index());
  return save_snapshot();
}

}  // namespace weir::log::storage
