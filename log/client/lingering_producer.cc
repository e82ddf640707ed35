#include "log/client/lingering_producer.h"

namespace weir::log {

LingeringProducer::LingeringProducer(std::unique_ptr<LogProducer> producer, std::shared_ptr<Runner> runner,
                                     Clock& clock)
    : runner_(std::move(runner)), producer_(std::move(producer)), freed_(clock) {
  started_ = runner_->add(*this);
}

LingeringProducer::~LingeringProducer() {
  runner_->remove(*this);
}

// --- turns

void LingeringProducer::take_turn() const {
  Turn now = Turn::nobody;
  if (turn_.compare_exchange_strong(now, Turn::owner)) return;
  MutexLock lock(mutex_);
  for (now = Turn::nobody; !turn_.compare_exchange_strong(now, Turn::owner); now = Turn::nobody) freed_.wait(mutex_);
}

void LingeringProducer::give_turn() const {
  const std::int64_t due_ns = producer_->linger_due_ns();
  const bool is_earlier = due_ns < known_ns_;
  if (is_earlier) known_ns_ = due_ns;
  turn_ = Turn::nobody;
  // The runner says that it was here before it tries to take its turn, so that one of the two sees the other.
  if (!is_earlier && !was_left_alone_) return;
  was_left_alone_ = false;
  runner_->look();
}

std::int64_t LingeringProducer::step(std::int64_t) {
  was_left_alone_ = true;
  Turn now = Turn::nobody;
  if (!turn_.compare_exchange_strong(now, Turn::runner)) return Runner::kNever;
  was_left_alone_ = false;
  (void)producer_->send_due();  // the producer remembers what went wrong
  known_ns_ = producer_->linger_due_ns();
  const std::int64_t due_ns = known_ns_;
  MutexLock lock(mutex_);
  turn_ = Turn::nobody;
  freed_.notify_all();
  return due_ns;
}

// What a call of the producer gives, in the owner's turn.
template <class Call>
auto LingeringProducer::call(Call producer_call) const {
  take_turn();
  auto result = producer_call(*producer_);
  give_turn();
  return result;
}

// --- calls

Result<Producer::Lane*> LingeringProducer::lane(const TopicPartition& partition) {
  return call([&](LogProducer& producer) { return producer.lane(partition); });
}

Result<std::int32_t> LingeringProducer::partition_count(const std::string& topic) {
  return call([&](LogProducer& producer) { return producer.partition_count(topic); });
}

Result<> LingeringProducer::send(Lane& lane, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                                 std::span<const HeaderView> headers) {
  return call([&](LogProducer& producer) { return producer.send(lane, timestamp_ms, key, value, headers); });
}

Result<> LingeringProducer::send(const std::string& topic, std::optional<PartitionIndex> partition,
                                 std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                                 std::span<const HeaderView> headers) {
  return call(
      [&](LogProducer& producer) { return producer.send(topic, partition, timestamp_ms, key, value, headers); });
}

Result<> LingeringProducer::flush() {
  return call([](LogProducer& producer) { return producer.flush(); });
}

std::vector<Refusal> LingeringProducer::take_refusals() {
  return call([](LogProducer& producer) { return producer.take_refusals(); });
}

OffsetAndEpoch LingeringProducer::acknowledged(const Lane& lane) const {
  return call([&](LogProducer& producer) { return producer.acknowledged(lane); });
}

std::vector<Delivery> LingeringProducer::take_deliveries() {
  return call([](LogProducer& producer) { return producer.take_deliveries(); });
}

Result<> LingeringProducer::init_transactions() {
  return call([](LogProducer& producer) { return producer.init_transactions(); });
}

Result<> LingeringProducer::begin_transaction() {
  return call([](LogProducer& producer) { return producer.begin_transaction(); });
}

Result<> LingeringProducer::send_offsets(const GroupMetadata& group, std::span<const PartitionOffset> offsets) {
  return call([&](LogProducer& producer) { return producer.send_offsets(group, offsets); });
}

Result<> LingeringProducer::commit_transaction() {
  return call([](LogProducer& producer) { return producer.commit_transaction(); });
}

Result<> LingeringProducer::abort_transaction() {
  return call([](LogProducer& producer) { return producer.abort_transaction(); });
}

std::size_t LingeringProducer::partitions_in_transaction() const {
  return call([](LogProducer& producer) { return producer.partitions_in_transaction(); });
}

}  // namespace weir::log
