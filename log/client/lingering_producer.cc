#include "log/client/lingering_producer.h"

namespace weir::log {

class LingeringProducer::Shared final : public LingerThread::Sender {
 public:
  explicit Shared(std::unique_ptr<LogProducer> producer) : producer_(std::move(producer)) {}

  // For the owner's thread, which is there until the producer is gone. Says whether the thread has to look earlier than
  // it knows.
  template <class Use>
  bool use(Use use_producer) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    use_producer(*producer_);
    const std::int64_t due_ns = producer_->linger_due_ns();
    const bool is_earlier = due_ns < known_ns_;
    if (is_earlier) known_ns_ = due_ns;
    return is_earlier;
  }

  std::int64_t send_due() override {
    MutexLock lock(mutex_);
    if (producer_ == nullptr) return LingerThread::kNever;
    (void)producer_->send_due();  // the producer remembers what went wrong
    known_ns_ = producer_->linger_due_ns();
    return known_ns_;
  }

  void end() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    producer_.reset();
  }

 private:
  Mutex mutex_;
  std::unique_ptr<LogProducer> producer_ WEIR_GUARDED_BY(mutex_);
  std::int64_t known_ns_ WEIR_GUARDED_BY(mutex_) = LingerThread::kNever;  // when the thread will look
};

namespace {

// What a call of the producer gives, under its mutex.
template <class Shared, class Call>
auto call(Shared& shared, LingerThread& thread, Call producer_call) {
  std::optional<decltype(producer_call(std::declval<LogProducer&>()))> result;
  if (shared.use([&](LogProducer& producer) { result.emplace(producer_call(producer)); })) thread.look();
  return *std::move(result);
}

}  // namespace

LingeringProducer::LingeringProducer(std::unique_ptr<LogProducer> producer, std::shared_ptr<LingerThread> thread)
    : thread_(std::move(thread)), shared_(std::make_shared<Shared>(std::move(producer))) {
  started_ = thread_->add(shared_);
}

LingeringProducer::~LingeringProducer() {
  thread_->remove(shared_);
  shared_->end();
}

Result<Producer::Lane*> LingeringProducer::lane(const TopicPartition& partition) {
  return call(*shared_, *thread_, [&](LogProducer& producer) { return producer.lane(partition); });
}

Result<std::int32_t> LingeringProducer::partition_count(const std::string& topic) {
  return call(*shared_, *thread_, [&](LogProducer& producer) { return producer.partition_count(topic); });
}

Result<> LingeringProducer::send(Lane& lane, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                                 std::span<const HeaderView> headers) {
  return call(*shared_, *thread_,
              [&](LogProducer& producer) { return producer.send(lane, timestamp_ms, key, value, headers); });
}

Result<> LingeringProducer::send(const std::string& topic, std::optional<PartitionIndex> partition,
                                 std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                                 std::span<const HeaderView> headers) {
  return call(*shared_, *thread_, [&](LogProducer& producer) {
    return producer.send(topic, partition, timestamp_ms, key, value, headers);
  });
}

Result<> LingeringProducer::flush() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.flush(); });
}

std::vector<Refusal> LingeringProducer::take_refusals() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.take_refusals(); });
}

OffsetAndEpoch LingeringProducer::acknowledged(const Lane& lane) const {
  return call(*shared_, *thread_, [&](LogProducer& producer) { return producer.acknowledged(lane); });
}

std::vector<Delivery> LingeringProducer::take_deliveries() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.take_deliveries(); });
}

Result<> LingeringProducer::init_transactions() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.init_transactions(); });
}

Result<> LingeringProducer::begin_transaction() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.begin_transaction(); });
}

Result<> LingeringProducer::send_offsets(const GroupMetadata& group, std::span<const PartitionOffset> offsets) {
  return call(*shared_, *thread_, [&](LogProducer& producer) { return producer.send_offsets(group, offsets); });
}

Result<> LingeringProducer::commit_transaction() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.commit_transaction(); });
}

Result<> LingeringProducer::abort_transaction() {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.abort_transaction(); });
}

std::size_t LingeringProducer::partitions_in_transaction() const {
  return call(*shared_, *thread_, [](LogProducer& producer) { return producer.partitions_in_transaction(); });
}

}  // namespace weir::log
