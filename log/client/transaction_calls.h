// TransactionCalls: the requests of an idempotent or transactional producer to its coordinator, each until it is
// answered. Knows the producer's id and epoch, and nothing of records or of what may be called when.
//
// invalid_producer_epoch is told as producer_fenced: either another producer took this one's id over, or the
// coordinator ended its transaction for taking too long; what was written since is gone in both cases.
#pragma once

#include <span>
#include <vector>

#include "log/client/cluster_view.h"
#include "log/client/producer.h"

namespace weir::log {

WEIR_FLAG(Commit);

class TransactionCalls {
 public:
  TransactionCalls(Connection& connection, ClusterView& view, const ProducerOptions& options)
      : connection_(connection), view_(view), options_(options) {}

  ProducerId id() const { return id_; }
  ProducerEpoch epoch() const { return epoch_; }
  bool has_id() const { return id_ != kNoProducerId; }

  // A producer id; with a transactional id also the next epoch of it, which fences older producers and ends what they
  // left open. producer_fenced: this one had an epoch, and it is not the latest any more.
  Task<Result<>> init();
  Task<Result<>> add_partitions(std::vector<TopicPartition> partitions);
  Task<Result<>> commit_offsets(GroupMetadata group, std::vector<PartitionOffset> offsets);
  Task<Result<>> end(Commit commit);

 private:
  const std::string& transactional_id() const { return *options_.transactional_id; }

  Connection& connection_;
  ClusterView& view_;
  const ProducerOptions& options_;
  ProducerId id_ = kNoProducerId;
  ProducerEpoch epoch_ = kNoProducerEpoch;
};

// The error as a producer's user should see it.
Error producer_error(Error error);

}  // namespace weir::log
