#include "streams/runtime/producer_collector.h"

#include <vector>

#include "log/model/placement.h"

namespace weir::streams {

namespace {

// Headers as the producer takes them; nearly no record has any.
class DecodedHeaders {
 public:
  explicit DecodedHeaders(const log::HeadersView* headers) {
    if (headers != nullptr) decoded_ = headers->decode();
  }
  std::span<const log::HeaderView> view() const { return decoded_; }

 private:
  std::vector<log::HeaderView> decoded_;
};

// The clock is read only where it counts.
struct Limits {
  std::optional<TopicLimits> of_topic;
  const Clock* clock;

  Result<> check(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                 std::span<const log::HeaderView> headers) const {
    if (!of_topic || (headers.empty() && of_topic->surely_takes(key, value))) return {};
    return of_topic->check(timestamp_ms, key, value, headers, clock->wall_ms());
  }
};

class LaneOutput final : public Output {
 public:
  LaneOutput(log::Producer& producer, std::vector<log::Producer::Lane*> lanes, log::PartitionIndex own, Limits limits)
      : producer_(producer), lanes_(std::move(lanes)), own_(own), limits_(std::move(limits)) {}

  Result<> send(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                const log::HeadersView* headers) override {
    return send(*lanes_[lanes_.size() == 1 ? 0 : partition_for(key)], timestamp_ms, key, value, headers);
  }

  Result<> send_to(log::PartitionIndex partition, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                   const log::HeadersView* headers) override {
    auto index = static_cast<std::size_t>(partition.value());
    if (partition.value() < 0 || index >= lanes_.size()) {
      return weir::fail(ErrorCode::unknown_topic_or_partition, "partition " + std::to_string(partition.value()) +
                                                                   ": there are " + std::to_string(lanes_.size()));
    }
    return send(*lanes_[index], timestamp_ms, key, value, headers);
  }
  std::int32_t partitions() const override { return static_cast<std::int32_t>(lanes_.size()); }
  Result<> check(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                 const log::HeadersView* headers) const override {
    if (!limits_.of_topic) return {};
    return limits_.check(timestamp_ms, key, value, DecodedHeaders(headers).view());
  }

 private:
  [[gnu::always_inline]] Result<> send(log::Producer::Lane& lane, std::int64_t timestamp_ms, NullableBytes key,
                                       NullableBytes value, const log::HeadersView* headers) {
    if (headers == nullptr && (!limits_.of_topic || limits_.of_topic->surely_takes(key, value))) [[likely]]
      return producer_.send(lane, timestamp_ms, key, value);
    const DecodedHeaders decoded(headers);
    WEIR_TRY(limits_.check(timestamp_ms, key, value, decoded.view()));
    return producer_.send(lane, timestamp_ms, key, value, decoded.view());
  }

  std::size_t partition_for(const NullableBytes& key) {
    if (key) {
      auto count = static_cast<std::int32_t>(lanes_.size());
      return static_cast<std::size_t>(log::partition_of_key(*key, count).value());
    }
    auto own = static_cast<std::size_t>(own_.value());
    return own < lanes_.size() ? own : next_++ % lanes_.size();
  }

  log::Producer& producer_;
  const std::vector<log::Producer::Lane*> lanes_;  // one a partition
  const log::PartitionIndex own_;
  const Limits limits_;
  std::size_t next_ = 0;
};

class LaneChangeSink final : public state::ChangeSink {
 public:
  LaneChangeSink(log::Producer& producer, log::Producer::Lane& lane, std::string topic, Limits limits)
      : producer_(producer), lane_(lane), topic_(std::move(topic)), limits_(std::move(limits)) {}

  Result<> change(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override {
    if (auto taken = limits_.check(timestamp_ms, key, value, {}); !taken) {
      return fail(taken.error().at("a row does not fit into its changelog, topic " + topic_));
    }
    return producer_.send(lane_, timestamp_ms, key, value);
  }

 private:
  log::Producer& producer_;
  log::Producer::Lane& lane_;
  const std::string topic_;
  const Limits limits_;
};

}  // namespace

Result<std::unique_ptr<Output>> ProducerCollector::output(const std::string& topic, log::PartitionIndex own) {
  WEIR_TRY_VAR(count, producer_.partition_count(topic));
  std::vector<log::Producer::Lane*> lanes;
  for (std::int32_t p = 0; p < count; ++p) {
    WEIR_TRY_VAR(lane, producer_.lane({topic, log::PartitionIndex(p)}));
    lanes.push_back(lane);
  }
  WEIR_TRY_VAR(limits, limits_of(topic));
  return std::make_unique<LaneOutput>(producer_, std::move(lanes), own, Limits{std::move(limits), &clock_});
}

Result<std::unique_ptr<state::ChangeSink>> ProducerCollector::changelog(const log::TopicPartition& partition) {
  WEIR_TRY_VAR(lane, producer_.lane(partition));
  WEIR_TRY_VAR(limits, limits_of(partition.topic));
  return std::make_unique<LaneChangeSink>(producer_, *lane, partition.topic, Limits{std::move(limits), &clock_});
}

// As they were when the tasks began.
Result<std::optional<TopicLimits>> ProducerCollector::limits_of(const std::string& topic) {
  auto known = limits_.find(topic);
  if (known == limits_.end()) {
    WEIR_TRY_VAR(described, admin_->describe_topic(topic));
    known = limits_.emplace(topic, TopicLimits::of(described.configs)).first;
  }
  return known->second;
}

Result<> ProducerCollector::begin() {
  return positions_ == Positions::in_transaction ? producer_.begin_transaction() : Result<>{};
}

Result<> ProducerCollector::flush() {
  return producer_.flush();
}

log::OffsetAndEpoch ProducerCollector::written(const log::TopicPartition& changelog) {
  auto lane = producer_.lane(changelog);
  return lane ? producer_.acknowledged(**lane) : log::OffsetAndEpoch();
}

Result<> ProducerCollector::send_offsets(std::span<const log::PartitionOffset> offsets) {
  if (positions_ == Positions::not_here) return {};
  WEIR_TRY_VAR(who, members_.gate.enter(members_.patience));
  is_in_gate_ = true;
  if (positions_ == Positions::in_transaction) return producer_.send_offsets(who, offsets);
  auto committed = consumer_.commit(who, offsets);
  leave_gate();
  return committed;
}

Result<> ProducerCollector::end() {
  auto ended = positions_ == Positions::in_transaction ? producer_.commit_transaction() : Result<>{};
  leave_gate();
  return ended;
}

Result<> ProducerCollector::abort() {
  auto aborted = positions_ == Positions::in_transaction ? producer_.abort_transaction() : Result<>{};
  leave_gate();
  return aborted;
}

void ProducerCollector::leave_gate() {
  if (std::exchange(is_in_gate_, false)) members_.gate.leave();
}

}  // namespace weir::streams
