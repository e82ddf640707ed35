#include "streams/runtime/record_queue.h"

#include <span>

#include "streams/operators/dead_letter.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

RecordQueue::RecordQueue(log::TopicPartition partition, const SourceSpec& source, Node& entry, Counters& counters,
                         ErrorPolicy decode_errors, const Clock* clock)
    : partition_(std::move(partition)),
      source_(source),
      entry_(entry),
      first_(entry.first_that_acts()),
      counters_(counters),
      decode_errors_(std::move(decode_errors)),
      clock_(clock),
      keys_are_encoded_(source.key != nullptr && source.key->is_canonical),
      has_time_rule_(source.timestamp),
      decoder_(SourceDecoder::types_of(source)) {}

namespace {

// First all slots, then all entries: by then the slots are there. A windowed entry's row is one step further.
template <class Store>
[[gnu::always_inline]] inline void prefetch(const Store& store, std::span<const EncodedKey> keys) {
  for (const EncodedKey& key : keys) store.prefetch_slot(key.hash);
  for (const EncodedKey& key : keys) store.prefetch_entry(key.hash);
  if constexpr (requires { store.prefetch_row(0); }) {
    for (const EncodedKey& key : keys) store.prefetch_row(key.hash);
  }
}

}  // namespace

log::LeaderEpoch RecordQueue::epoch() const {
  if (!is_open_ || next_offset_ <= batches_.front().batch.header.base_offset) return epoch_;
  return batches_.front().batch.header.leader_epoch;
}

void RecordQueue::start_at(log::Offset offset, log::LeaderEpoch epoch, std::int64_t time_ms) {
  next_offset_ = offset;
  epoch_ = epoch;
  time_ms_ = time_ms;
}

namespace {

// Its place in the queue, its partition's name, and the counts and the heap's heads of its buffer.
std::size_t cost_of(const log::FetchedBatch& batch) {
  constexpr std::size_t kBuffer = 128;
  return batch.batch.bytes.size() + sizeof batch + batch.partition.topic.capacity() + kBuffer;
}

}  // namespace

void RecordQueue::add(log::FetchedBatch batch) {
  buffered_bytes_ += cost_of(batch);
  batches_.push_back(std::move(batch));
  is_at_known_end_ = false;  // what was known was about the time before
}

Result<bool> RecordQueue::next_chunk() {
  for (;;) {
    if (!is_open_) {
      if (batches_.empty()) return false;
      WEIR_TRY(reader_.open(batches_.front().batch));
      is_open_ = true;
    }
    WEIR_TRY_VAR(count, reader_.fill(chunk_));
    if (count > 0) {
      chunk_size_ = count;
      chunk_next_ = 0;
      break;
    }
    next_offset_ = std::max(next_offset_, batches_.front().batch.header.next_offset());
    epoch_ = batches_.front().batch.header.leader_epoch;
    buffered_bytes_ -= cost_of(batches_.front());
    batches_.pop_front();
    is_open_ = false;
  }
  // A node that looks for the record's key in a store is below a queue that knows the store: only then hashes count.
  if (!keys_are_encoded_ || (key_value_stores_.empty() && window_stores_.empty())) return true;
  std::span<EncodedKey> keys(keys_.data(), chunk_size_);
  for (std::size_t i = 0; i < chunk_size_; ++i) {
    keys[i].bytes = chunk_[i].key.value_or(Bytes());
    keys[i].hash = state::KeyValueStore::hash(keys[i].bytes);
  }
  for (const auto* store : key_value_stores_) prefetch(*store, keys);
  for (const auto* store : window_stores_) prefetch(*store, keys);
  return true;
}

[[gnu::always_inline]] inline SourceDecoder::Outcome RecordQueue::decode_head(const log::RecordView& view) {
  const SourceDecoder::Outcome outcome = decoder_.decode(view);
  head_.key = decoder_.key();
  head_.encoded_key = nullptr;
  if (keys_are_encoded_ && head_.key != nullptr) {
    keys_[chunk_next_].bytes = *view.key;
    head_.encoded_key = &keys_[chunk_next_];
  }
  head_.value = decoder_.value();
  head_.timestamp_ms = view.timestamp_ms;
  head_.headers = view.headers.empty() ? nullptr : &view.headers;
  return outcome;
}

Result<bool> RecordQueue::decode(const log::RecordView& view) {
  switch (decode_head(view)) {
    case SourceDecoder::Outcome::usable:
      break;
    case SourceDecoder::Outcome::null_key:
      return drop(view, counters_.dropped_null_key);
    case SourceDecoder::Outcome::null_value:
      return drop(view, counters_.dropped_null_value);
    case SourceDecoder::Outcome::undecodable:
      return leave_out(view);
  }
  if (source_.timestamp) {
    WEIR_TRY_VAR(time_ms, extracted_time(view));
    head_.timestamp_ms = time_ms;
  }
  if (head_.timestamp_ms < 0) {
    counters_.skipped_timestamp.add();
    return false;
  }
  return true;
}

// A null where the type knows none. Time moves as if the record were processed.
Result<bool> RecordQueue::drop(const log::RecordView& view, Counter& counter) {
  counter.add();
  std::int64_t time_ms = view.timestamp_ms;
  if (source_.timestamp) {
    WEIR_TRY_VAR(extracted, extracted_time(view));
    time_ms = extracted;
  }
  time_ms_ = std::max(time_ms_, time_ms);
  return false;
}

Result<std::int64_t> RecordQueue::extracted_time(const log::RecordView& view) const {
  const IncomingRecord incoming{head_.key, head_.value, &partition_, &view, time_ms_, clock_};
  auto time_ms = [&]() -> Result<std::int64_t> {
    try {
      return guarded(entry_.name(), [&] { return source_.timestamp(incoming); });
    } catch (const OperatorError& error) {
      return fail(ErrorCode::user_exception, error.what());
    }
  }();
  if (time_ms) return time_ms;
  return fail(time_ms.error().at(partition_.to_string() + ", offset " + std::to_string(view.offset.value())));
}

// Bytes that are no such key or value.
Result<bool> RecordQueue::leave_out(const log::RecordView& view) {
  const std::string reason = decoder_.what_is_wrong(view);
  switch (decode_errors_.kind()) {
    case ErrorPolicy::Kind::skip:
      counters_.skipped_undecodable.add();
      return false;
    case ErrorPolicy::Kind::dead_letter:
      undecodable_.emplace_back(reason, view);
      return false;
    case ErrorPolicy::Kind::fail:
    case ErrorPolicy::Kind::retry:
    case ErrorPolicy::Kind::retry_later:
      break;
  }
  return fail(ErrorCode::corrupt_data,
              partition_.to_string() + ", offset " + std::to_string(view.offset.value()) + ": " + reason);
}

std::int64_t RecordQueue::due_ms() const {
  return retry_due_ms(chunk_[chunk_next_].headers);
}

Result<bool> RecordQueue::load() {
  while (!has_head_) {
    if (chunk_next_ == chunk_size_) {
      WEIR_TRY_VAR(there_is_more, next_chunk());
      if (!there_is_more) return false;
    }
    const log::RecordView& view = chunk_[chunk_next_];
    bool is_usable = false;
    if (view.offset >= batches_.front().first_wanted) {
      WEIR_TRY_VAR(decoded, decode(view));
      is_usable = decoded;
    }
    if (is_usable) {
      has_head_ = true;
    } else {
      next_offset_ = view.offset + 1;
      ++chunk_next_;
    }
  }
  return true;
}

// What `load` does for a record with nothing unusual, in the midst of a chunk; false: `load` is to be asked.
[[gnu::always_inline]] inline bool RecordQueue::load_usual() {
  if (chunk_next_ == chunk_size_) return false;
  const log::RecordView& view = chunk_[chunk_next_];
  if (view.timestamp_ms < 0 || has_time_rule_ || view.offset < batches_.front().first_wanted) [[unlikely]]
    return false;
  has_head_ = decode_head(view) == SourceDecoder::Outcome::usable;
  return has_head_;
}

inline void RecordQueue::take_head() {
  time_ms_ = std::max(time_ms_, head_.timestamp_ms);
  next_offset_ = chunk_[chunk_next_].offset + 1;
  ++chunk_next_;
  has_head_ = false;
}

Result<std::size_t> RecordQueue::process(std::size_t max_records, std::int64_t latest_ms, const Stop& stop) {
  std::size_t count = 0;
  while (count < max_records && head_.timestamp_ms <= latest_ms) {
    first_.process(head_);
    if (stop != Stop::no) [[unlikely]] {
      if (stop == Stop::now) break;
      max_records = count + 1;
    }
    take_head();
    ++count;
    if (load_usual()) [[likely]]
      continue;
    WEIR_TRY_VAR(there_is_more, load());
    if (!there_is_more) break;
  }
  counters_.processed.add(count);
  return count;
}

}  // namespace weir::streams
