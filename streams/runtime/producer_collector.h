// ProducerCollector: a worker's records, changes and positions through a producer: in transactions (exactly once), or
// with the positions committed behind the records (at least once) or before them (at most once; then by the worker).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "log/client/client.h"
#include "streams/runtime/collector.h"
#include "streams/runtime/sharing/commit_gate.h"
#include "streams/runtime/topic_limits.h"

namespace weir::streams {

class ProducerCollector final : public Collector {
 public:
  enum class Positions { in_transaction, behind, not_here };

  // Whose commits these are, and how long one waits for instances that are about to agree on who runs what.
  struct Members {
    CommitGate& gate;
    Millis patience;
  };
  // All of them outlive this. `consumer` commits positions where they are not part of a transaction.
  ProducerCollector(log::Producer& producer, log::Consumer& consumer, std::unique_ptr<log::Admin> admin,
                    const Clock& clock, Members members, Positions positions)
      : producer_(producer),
        consumer_(consumer),
        admin_(std::move(admin)),
        clock_(clock),
        members_(members),
        positions_(positions) {}
  ~ProducerCollector() override { leave_gate(); }

  Result<std::unique_ptr<Output>> output(const std::string& topic, log::PartitionIndex own) override;
  Result<std::unique_ptr<state::ChangeSink>> changelog(const log::TopicPartition& partition) override;
  Result<> begin() override;
  Result<> flush() override;
  log::OffsetAndEpoch written(const log::TopicPartition& changelog) override;
  // Positions of a transaction are in the gate until that is over.
  Result<> send_offsets(std::span<const log::PartitionOffset> offsets) override;
  Result<> end() override;
  Result<> abort() override;

 private:
  Result<std::optional<TopicLimits>> limits_of(const std::string& topic);

  log::Producer& producer_;
  log::Consumer& consumer_;
  std::unique_ptr<log::Admin> admin_;
  const Clock& clock_;
  std::map<std::string, std::optional<TopicLimits>> limits_;  // by topic
  void leave_gate();

  const Members members_;
  const Positions positions_;
  bool is_in_gate_ = false;
};

}  // namespace weir::streams
