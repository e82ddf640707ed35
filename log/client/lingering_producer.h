// LingeringProducer: a producer whose batches leave when they have lingered for long enough, whatever its owner does
// meanwhile. Owner and runner take turns; while the owner is at it the runner leaves it alone, and is told afterwards
// what is due. What goes wrong on the runner is told by the owner's next call, as every failed delivery is.
#pragma once

#include <atomic>

#include "log/base/runner.h"
#include "log/client/log_producer.h"

namespace weir::log {

class LingeringProducer final : public Producer, private Runner::Work {
 public:
  LingeringProducer(std::unique_ptr<LogProducer> producer, std::shared_ptr<Runner> runner, Clock& clock);
  ~LingeringProducer() override;

  Result<Lane*> lane(const TopicPartition& partition) override;
  Result<std::int32_t> partition_count(const std::string& topic) override;
  Result<> send(Lane& lane, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                std::span<const HeaderView> headers) override;
  Result<> send(const std::string& topic, std::optional<PartitionIndex> partition, std::int64_t timestamp_ms,
                NullableBytes key, NullableBytes value, std::span<const HeaderView> headers) override;
  Result<> flush() override;
  OffsetAndEpoch acknowledged(const Lane& lane) const override;
  std::vector<Delivery> take_deliveries() override;
  std::vector<Refusal> take_refusals() override;
  const Result<>& started() const { return started_; }  // io_error: there is no thread

  Result<> init_transactions() override;
  Result<> begin_transaction() override;
  Result<> send_offsets(const GroupMetadata& group, std::span<const PartitionOffset> offsets) override;
  Result<> commit_transaction() override;
  Result<> abort_transaction() override;
  std::size_t partitions_in_transaction() const override;

 private:
  enum class Turn { nobody, owner, runner };

  template <class Call>
  auto call(Call producer_call) const;
  void take_turn() const WEIR_EXCLUDES(mutex_);
  void give_turn() const;
  std::int64_t step(std::int64_t now_ns) override;

  const std::shared_ptr<Runner> runner_;  // shared: by the Client's producers
  const std::unique_ptr<LogProducer> producer_;
  mutable std::int64_t known_ns_ = Runner::kNever;  // when the runner will look; of whose turn it is, as the producer
  mutable std::atomic<Turn> turn_ = Turn::nobody;
  mutable std::atomic<bool> was_left_alone_ = false;  // the runner came while it was the owner's turn
  mutable Mutex mutex_;
  mutable Condition freed_;  // the runner has had its turn
  Result<> started_;
};

}  // namespace weir::log
