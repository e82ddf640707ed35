#include "log/client/log_producer.h"

#include "log/model/placement.h"

namespace weir::log {

namespace {

// What a record takes in a batch beside its key, value and headers, at most.
constexpr std::size_t kRecordOverhead = 40;
constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;
// Batches of a partition that may be sealed and not acknowledged before `send` waits.
constexpr std::size_t kMostSealed = 5;

std::size_t size_of(const NullableBytes& key, const NullableBytes& value, std::span<const HeaderView> headers) {
  std::size_t size = kRecordOverhead + (key ? key->size() : 0) + (value ? value->size() : 0);
  for (const auto& header : headers) size += header.key.size() + (header.value ? header.value->size() : 0) + 10;
  return size;
}

std::int64_t linger_of(const ProducerOptions& options) {
  return saturated_product(options.linger->count(), 1'000'000);
}

}  // namespace

LogProducer::LogProducer(std::shared_ptr<Transport> transport, Clock& clock, ProducerOptions options,
                         std::function<void()> on_news)
    : options_(std::move(options)),
      connection_{std::move(transport), clock, options_.request_timeout, Loop(clock, std::move(on_news))},
      view_(connection_),
      calls_(connection_, view_, options_),
      room_bytes_(options_.linger ? 0 : options_.batch_bytes),
      refresh_ns_(clock.deadline_ns(options_.metadata_max_age)),
      sender_(connection_, view_, options_) {
  update_can_send();
}

// --- batching

Result<Producer::Lane*> LogProducer::lane(const TopicPartition& partition) {
  auto found = lanes_.find(partition);
  if (found != lanes_.end()) return found->second.get();
  WEIR_TRY(connection_.loop.run(view_.learn({partition.topic})));
  if (view_.find(partition) == nullptr) return fail(ErrorCode::unknown_topic_or_partition, partition.to_string());
  auto made = std::make_unique<Lane>(partition, options_.batch_bytes);
  Lane* lane = made.get();
  lanes_.emplace(partition, std::move(made));
  all_lanes_.push_back(lane);
  return lane;
}

Result<std::int32_t> LogProducer::partition_count(const std::string& topic) {
  WEIR_TRY(connection_.loop.run(view_.learn({topic})));
  return static_cast<std::int32_t>(view_.find(topic)->partitions.size());
}

Result<LogProducer::TopicLanes*> LogProducer::lanes_of(const std::string& topic) {
  if (last_ != nullptr && last_->first == topic) return &last_->second;
  auto found = topics_.find(topic);
  if (found != topics_.end()) {
    last_ = &*found;
    return &found->second;
  }
  WEIR_TRY_VAR(count, partition_count(topic));
  if (count == 0) return fail(ErrorCode::leader_not_available, "topic " + topic + " has no partitions");
  TopicLanes& made = topics_[topic];
  made.lanes.resize(static_cast<std::size_t>(count));
  return &made;
}

Result<Producer::Lane*> LogProducer::lane_at(const std::string& topic, TopicLanes& lanes, std::size_t index) {
  if (index >= lanes.lanes.size()) {
    return fail(ErrorCode::unknown_topic_or_partition, topic + "-" + std::to_string(static_cast<std::int32_t>(index)));
  }
  if (lanes.lanes[index] == nullptr) {
    WEIR_TRY_VAR(made, lane({topic, PartitionIndex(static_cast<std::int32_t>(index))}));
    lanes.lanes[index] = made;
  }
  return lanes.lanes[index];
}

// What cannot be learned now is learned the next time. A topic never has fewer partitions than before.
void LogProducer::refresh_if_due() {
  const std::int64_t now_ns = connection_.clock.monotonic_ns();
  if (now_ns < refresh_ns_ || topics_.empty()) return;
  refresh_ns_ = connection_.clock.deadline_ns(options_.metadata_max_age);
  std::vector<std::string> names;
  for (const auto& [topic, lanes] : topics_) names.push_back(topic);
  (void)connection_.loop.run(view_.learn_again(std::move(names)));
  for (auto& [topic, lanes] : topics_) {
    const auto* known = view_.find(topic);
    if (known != nullptr && known->partitions.size() > lanes.lanes.size()) lanes.lanes.resize(known->partitions.size());
  }
}

Result<> LogProducer::refresh_after_interruption() {
  while (interruptions_ != connection_.interruptions) {
    interruptions_ = connection_.interruptions;
    std::vector<std::string> names;
    for (const Lane* lane : all_lanes_) names.push_back(lane->partition.topic);
    WEIR_TRY(connection_.loop.run(view_.learn_again(std::move(names))));
  }
  return {};
}

// A record without a key goes to one partition until that one's batch is full, so that batches are large.
Result<Producer::Lane*> LogProducer::sticky_lane(const std::string& topic, TopicLanes& lanes) {
  WEIR_TRY_VAR(current, lane_at(topic, lanes, lanes.sticky));
  if (lanes.sticky_until == 0) lanes.sticky_until = current->batches_sealed + 1;
  if (current->batches_sealed < lanes.sticky_until) return current;
  lanes.sticky = (lanes.sticky + 1) % lanes.lanes.size();
  WEIR_TRY_VAR(next, lane_at(topic, lanes, lanes.sticky));
  lanes.sticky_until = next->batches_sealed + 1;
  return next;
}

BatchOptions LogProducer::batch_options() const {
  BatchOptions batch;
  batch.compression = options_.compression;
  batch.is_transactional = is_transactional();
  if (calls_.has_id()) {
    batch.producer_id = calls_.id();
    batch.producer_epoch = calls_.epoch();
  }
  return batch;
}

Result<> LogProducer::send(Lane& lane, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                           std::span<const HeaderView> headers) {
  if (!can_send_) [[unlikely]]
    return may_send();
  const std::size_t needed = size_of(key, value, headers);
  if (lane.builder.size_bytes() + needed > room_bytes_) [[unlikely]]
    WEIR_TRY(make_room(lane, needed));
  lane.builder.add(timestamp_ms, key, value, headers);
  return {};
}

Result<> LogProducer::send(const std::string& topic, std::optional<PartitionIndex> partition, std::int64_t timestamp_ms,
                           NullableBytes key, NullableBytes value, std::span<const HeaderView> headers) {
  WEIR_TRY_VAR(lanes, lanes_of(topic));
  const auto count = static_cast<std::int32_t>(lanes->lanes.size());
  if (!partition && options_.partitioner) {
    partition = options_.partitioner(topic, key, value, count);
  } else if (!partition && key) {
    partition = partition_of_key(*key, count);
  }
  WEIR_TRY_VAR(lane, partition ? lane_at(topic, *lanes, static_cast<std::size_t>(partition->value()))
                               : sticky_lane(topic, *lanes));
  return send(*lane, timestamp_ms, key, value, headers);
}

OffsetAndEpoch LogProducer::acknowledged(const Lane& lane) const {
  return lane.acknowledged;
}

// --- sending

Result<> LogProducer::may_send() const {
  if (is_transactional()) return state_.may_write();
  return sender_.failure() ? Result<>(fail(*sender_.failure())) : Result<>{};
}

// Every error of a delivery comes by here: it stays, and stops what comes after.
Result<> LogProducer::note(Result<> outcome) {
  if (outcome && sender_.failure()) outcome = fail(*sender_.failure());
  if (!outcome && is_transactional()) state_.failed(outcome.error());
  update_can_send();
  return outcome;
}

Result<> LogProducer::make_room(Lane& lane, std::size_t needed) {
  if (needed > kMaxRecordBytes) {
    return fail(ErrorCode::message_too_large,
                lane.partition.to_string() + ": a record of " + std::to_string(needed) + " bytes");
  }
  if (options_.linger) WEIR_TRY(note(send_lingering()));
  // One record that is larger than a batch is a batch of its own.
  const bool fits = lane.builder.empty() || lane.builder.size_bytes() + needed <= options_.batch_bytes;
  if (!fits) WEIR_TRY(note(send_full(lane)));
  if (options_.linger && lane.builder.empty()) open_batch(lane);
  return {};
}

void LogProducer::open_batch(Lane& lane) {
  lane.opened_ns = connection_.clock.monotonic_ns();
  linger_ns_ = std::min(linger_ns_, saturated_sum(lane.opened_ns, linger_of(options_)));
}

Result<> LogProducer::send_lingering() {
  const std::int64_t now_ns = connection_.clock.monotonic_ns();
  if (now_ns < linger_ns_) return {};
  const std::int64_t linger_ns = linger_of(options_);
  linger_ns_ = kNever;
  for (Lane* lane : all_lanes_) {
    if (lane->builder.empty()) continue;
    if (saturated_sum(lane->opened_ns, linger_ns) <= now_ns) {
      WEIR_TRY(send_full(*lane));
    } else {
      linger_ns_ = std::min(linger_ns_, saturated_sum(lane->opened_ns, linger_ns));
    }
  }
  return {};
}

Result<> LogProducer::send_due() {
  auto allowed = may_send();
  if (allowed && !sender_.is_idle()) {
    sender_.send(all_lanes_);
    allowed = note({});
  }
  if (allowed) return note(send_lingering());
  linger_ns_ = kNever;  // nothing leaves before something else was called
  return allowed;
}

Result<> LogProducer::send_full(Lane& lane) {
  WEIR_TRY(prepare_to_send());
  WEIR_TRY(lane.seal(batch_options()));
  Lane* one[] = {&lane};
  sender_.send(one);
  while (!sender_.failure() && lane.sealed.size() > kMostSealed) {
    sender_.wait();
    sender_.send(one);
  }
  relieve();
  refresh_if_due();
  return {};
}

void LogProducer::relieve() {
  auto waiting_bytes = [this] {
    std::size_t bytes = 0;
    for (const Lane* lane : all_lanes_) {
      for (const auto& one : lane->sealed) bytes += one.batch.bytes.size();
    }
    return bytes;
  };
  // What is acknowledged at once, as in one process, leaves nothing to count.
  while (!sender_.is_idle() && !sender_.failure() && waiting_bytes() > options_.buffer_bytes) {
    sender_.wait();
    sender_.send(all_lanes_);
  }
}

// What must be so before a batch can be sealed: an id, and the partitions in the transaction.
Result<> LogProducer::prepare_to_send() {
  if (!calls_.has_id() && options_.idempotent) WEIR_TRY(connection_.loop.run(calls_.init()));
  if (is_transactional()) WEIR_TRY(add_new_partitions());
  return refresh_after_interruption();
}

Result<> LogProducer::deliver_all() {
  bool has_records = false;
  for (const Lane* lane : all_lanes_) has_records |= lane->has_records();
  if (!has_records && !sender_.has_refused()) return {};
  WEIR_TRY(prepare_to_send());
  for (Lane* lane : all_lanes_) WEIR_TRY(lane->seal(batch_options()));
  auto has_sealed = [](const Lane* lane) {
    return !lane->sealed.empty();
  };
  while (!sender_.failure() && std::any_of(all_lanes_.begin(), all_lanes_.end(), has_sealed)) {
    sender_.send(all_lanes_);
    sender_.wait();
  }
  if (auto refused = sender_.take_refused(); refused && !sender_.failure()) return fail(*std::move(refused));
  return {};
}

Result<> LogProducer::flush() {
  WEIR_TRY(may_send());
  refresh_if_due();
  return note(deliver_all());
}

}  // namespace weir::log
