// LingeringProducer: a producer whose batches leave when they have lingered for long enough, whatever its owner does
// meanwhile: the producer and a mutex, which its owner and the LingerThread take. What goes wrong on the thread is told
// by the owner's next call, as every failed delivery is.
#pragma once

#include "log/client/linger_thread.h"
#include "log/client/log_producer.h"

namespace weir::log {

class LingeringProducer final : public Producer {
 public:
  LingeringProducer(std::unique_ptr<LogProducer> producer, std::shared_ptr<LingerThread> thread);
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
  class Shared;

  std::shared_ptr<LingerThread> thread_;  // shared: by the Client's producers
  Result<> started_;
  std::shared_ptr<Shared> shared_;  // shared: with the thread, which may be at it when this ends
};

}  // namespace weir::log
