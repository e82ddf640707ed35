// ProducerCollector: a worker's records, changes and positions through a producer: in transactions (exactly once), or
// with the positions committed behind the records (at least once) or before them (at most once; then by the worker).
#pragma once

#include <memory>
#include <string>

#include "log/client/client.h"
#include "streams/runtime/collector.h"

namespace weir::streams {

class ProducerCollector final : public Collector {
 public:
  enum class Positions { in_transaction, behind, not_here };

  // Both outlive this. `consumer` commits positions where they are not part of a transaction.
  ProducerCollector(log::Producer& producer, log::Consumer& consumer, std::string group_id, Positions positions)
      : producer_(producer), consumer_(consumer), group_id_(std::move(group_id)), positions_(positions) {}

  Result<std::unique_ptr<Output>> output(const std::string& topic, log::PartitionIndex own) override;
  Result<std::unique_ptr<state::ChangeSink>> changelog(const log::TopicPartition& partition) override;
  Result<> begin() override;
  Result<> flush() override;
  log::OffsetAndEpoch written(const log::TopicPartition& changelog) override;
  Result<> send_offsets(std::span<const log::PartitionOffset> offsets) override;
  Result<> end() override;
  Result<> abort() override;

 private:
  log::Producer& producer_;
  log::Consumer& consumer_;
  const std::string group_id_;
  const Positions positions_;
};

}  // namespace weir::streams
