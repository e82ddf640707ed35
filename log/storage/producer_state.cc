#include "log/storage/producer_state.h"

#include <algorithm>

#include "log/base/saturate.h"

namespace weir::log::storage {

namespace {
std::string who(ProducerId id, ProducerEpoch epoch) {
  return "producer " + std::to_string(id.value()) + " epoch " + std::to_string(epoch.value());
}
}  // namespace

void ProducerState::Producer::remember(const Batch& batch) {
  if (count == kRemembered) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --count;
  }
  batches[count++] = batch;
}

Result<> ProducerState::check_epoch(const BatchHeader& batch) const {
  auto found = producers_.find(batch.producer_id);
  if (found == producers_.end() || batch.producer_epoch >= found->second.epoch) return {};
  return fail(ErrorCode::invalid_producer_epoch, who(batch.producer_id, batch.producer_epoch) + ": the epoch is " +
                                                     std::to_string(found->second.epoch.value()) + " by now");
}

Result<std::optional<ProducerState::Duplicate>> ProducerState::check(const BatchHeader& batch) const {
  if (batch.base_sequence == kNoSequence) {
    return fail(ErrorCode::invalid_record, who(batch.producer_id, batch.producer_epoch) + ": a batch without sequence");
  }
  WEIR_TRY(check_epoch(batch));
  auto found = producers_.find(batch.producer_id);
  if (found == producers_.end()) return std::nullopt;  // nothing known: any sequence, so that expiry harms nobody
  const Producer& producer = found->second;
  Sequence last = kNoSequence;
  if (batch.producer_epoch == producer.epoch) {
    for (std::size_t i = 0; i < producer.count; ++i) {
      const Batch& known = producer.batches[i];
      if (known.first_sequence == batch.base_sequence && known.last_sequence == batch.last_sequence()) {
        return Duplicate{known.base_offset, known.last_offset, known.timestamp_ms};
      }
    }
    if (producer.count > 0) last = producer.last()->last_sequence;
  }
  if (batch.base_sequence != next_sequence(last, 1)) {
    return fail(ErrorCode::out_of_order_sequence_number, who(batch.producer_id, batch.producer_epoch) + ": sequence " +
                                                             std::to_string(batch.base_sequence.value()) + " after " +
                                                             std::to_string(last.value()));
  }
  if (producer.transaction_start && !batch.is_transactional()) {
    return fail(ErrorCode::invalid_txn_state, who(batch.producer_id, batch.producer_epoch) + " has a transaction open");
  }
  return std::nullopt;
}

Result<> ProducerState::check_marker(ProducerId id, ProducerEpoch epoch, CoordinatorEpoch coordinator) const {
  auto found = producers_.find(id);
  if (found == producers_.end()) return {};
  if (epoch < found->second.epoch) return fail(ErrorCode::invalid_producer_epoch, who(id, epoch));
  if (coordinator < found->second.coordinator_epoch) {
    return fail(ErrorCode::transaction_coordinator_fenced,
                "coordinator epoch " + std::to_string(coordinator.value()) + " for " + who(id, epoch));
  }
  return {};
}

void ProducerState::apply(const BatchHeader& batch, std::int64_t now_ms) {
  Producer& producer = producers_[batch.producer_id];
  if (producer.epoch != batch.producer_epoch) {
    producer.epoch = batch.producer_epoch;
    producer.count = 0;
  }
  producer.last_timestamp_ms = std::max(producer.last_timestamp_ms, batch.max_timestamp);
  producer.last_seen_ms = now_ms;
  if (batch.base_sequence != kNoSequence) {
    producer.remember(
        {batch.base_sequence, batch.last_sequence(), batch.base_offset, batch.last_offset(), batch.max_timestamp});
  }
  if (batch.is_transactional() && !producer.transaction_start) {
    producer.transaction_start = batch.base_offset;
    open_.emplace(batch.base_offset, batch.producer_id);
  }
}

std::optional<AbortedTransaction> ProducerState::apply_marker(const BatchHeader& batch, EndMarker marker,
                                                              std::int64_t now_ms) {
  Producer& producer = producers_[batch.producer_id];
  if (producer.epoch != batch.producer_epoch) {
    producer.epoch = batch.producer_epoch;
    producer.count = 0;
  }
  producer.coordinator_epoch = marker.coordinator_epoch;
  producer.last_timestamp_ms = std::max(producer.last_timestamp_ms, batch.max_timestamp);
  producer.last_seen_ms = now_ms;
  if (!producer.transaction_start) return std::nullopt;
  Offset first = *producer.transaction_start;
  producer.transaction_start.reset();
  open_.erase(first);
  completed_.push_back({first, batch.last_offset()});
  if (marker.type == EndMarkerType::commit) return std::nullopt;
  return AbortedTransaction{batch.producer_id, first, batch.last_offset()};
}

Offset ProducerState::last_stable_offset(Offset high_watermark) const {
  Offset stable = high_watermark;
  if (!open_.empty()) stable = std::min(stable, open_.begin()->first);
  for (const auto& transaction : completed_) {
    if (transaction.marker_offset >= high_watermark) stable = std::min(stable, transaction.first_offset);
  }
  return stable;
}

void ProducerState::high_watermark_moved(Offset high_watermark) {
  while (!completed_.empty() && completed_.front().marker_offset < high_watermark) completed_.pop_front();
}

bool ProducerState::has_open_transaction(ProducerId id) const {
  auto found = producers_.find(id);
  return found != producers_.end() && found->second.transaction_start.has_value();
}

bool ProducerState::has_open_transaction(ProducerId id, ProducerEpoch epoch) const {
  auto found = producers_.find(id);
  return found != producers_.end() && found->second.transaction_start && found->second.epoch == epoch;
}

std::vector<std::pair<ProducerId, ProducerEpoch>> ProducerState::open_transactions() const {
  std::vector<std::pair<ProducerId, ProducerEpoch>> open;
  for (const auto& [first_offset, id] : open_) open.emplace_back(id, producers_.at(id).epoch);
  return open;
}

LastBatches ProducerState::last_batches() const {
  LastBatches all;
  for (const auto& [id, producer] : producers_) {
    const Batch* last = producer.last();
    all.emplace(id, LastBatch{last == nullptr ? std::nullopt : std::optional(last->last_offset), producer.epoch});
  }
  return all;
}

void ProducerState::expire(std::int64_t now_ms, std::int64_t idle_ms) {
  for (auto& [id, producer] : producers_) producer.last_seen_ms = std::min(producer.last_seen_ms, now_ms);
  std::erase_if(producers_, [&](const auto& entry) {
    const Producer& producer = entry.second;
    return saturated_difference(now_ms, producer.last_seen_ms) > idle_ms && !producer.transaction_start;
  });
}

void ProducerState::clear() {
  producers_.clear();
  open_.clear();
  completed_.clear();
}

// count int32, then per producer: id int64 | epoch int16 | coordinator_epoch int32 | last_timestamp int64 |
// last_seen int64 | transaction_start int64 (-1: none) | batches int32 x (first_sequence int32 | last_sequence int32 |
// base_offset int64 | last_offset int64 | timestamp int64)
void ProducerState::encode(Writer& writer) const {
  writer.int32(static_cast<std::int32_t>(producers_.size()));
  for (const auto& [id, producer] : producers_) {
    writer.int64(id.value());
    writer.int16(producer.epoch.value());
    writer.int32(producer.coordinator_epoch.value());
    writer.int64(producer.last_timestamp_ms);
    writer.int64(producer.last_seen_ms);
    writer.int64(producer.transaction_start.value_or(kNoOffset).value());
    writer.int32(static_cast<std::int32_t>(producer.count));
    for (std::size_t i = 0; i < producer.count; ++i) {
      const Batch& batch = producer.batches[i];
      writer.int32(batch.first_sequence.value());
      writer.int32(batch.last_sequence.value());
      writer.int64(batch.base_offset.value());
      writer.int64(batch.last_offset.value());
      writer.int64(batch.timestamp_ms);
    }
  }
}

void ProducerState::decode(Reader& reader) {
  clear();
  for (std::int32_t left = reader.int32(); left > 0 && reader.ok(); --left) {
    ProducerId id(reader.int64());
    Producer producer;
    producer.epoch = ProducerEpoch(reader.int16());
    producer.coordinator_epoch = CoordinatorEpoch(reader.int32());
    producer.last_timestamp_ms = reader.int64();
    producer.last_seen_ms = reader.int64();
    Offset start(reader.int64());
    if (start != kNoOffset) {
      producer.transaction_start = start;
      open_.emplace(start, id);
    }
    for (std::int32_t batches = reader.int32(); batches > 0 && reader.ok(); --batches) {
      Batch batch{};
      batch.first_sequence = Sequence(reader.int32());
      batch.last_sequence = Sequence(reader.int32());
      batch.base_offset = Offset(reader.int64());
      batch.last_offset = Offset(reader.int64());
      batch.timestamp_ms = reader.int64();
      producer.remember(batch);
    }
    producers_.emplace(id, producer);
  }
}

std::vector<ProducerState::ActiveProducer> ProducerState::active_producers() const {
  std::vector<ActiveProducer> active;
  for (const auto& [id, producer] : producers_) {
    const Batch* last = producer.last();
    active.push_back({id, producer.epoch, last == nullptr ? kNoSequence : last->last_sequence,
                      producer.last_timestamp_ms, producer.coordinator_epoch, producer.transaction_start});
  }
  std::sort(active.begin(), active.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return active;
}

}  // namespace weir::log::storage
