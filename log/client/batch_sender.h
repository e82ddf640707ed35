// BatchSender: brings lanes' sealed batches to the partitions' leaders, one request a leader, and learns from the
// answers. A request that is not answered at once stays on its way while its owner goes on.
//
// Owner: the producer's thread. References to lanes stay valid until the sender is idle.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "log/client/cluster_view.h"
#include "log/client/producer_lane.h"
#include "log/wire/messages/produce.h"

namespace weir::log {

class BatchSender {
 public:
  using Lane = Producer::Lane;

  BatchSender(Connection& connection, ClusterView& view, const ProducerOptions& options)
      : connection_(connection), view_(view), options_(options) {}
  ~BatchSender() { wait_until_idle(); }  // what is on its way knows this object

  // Sends the front batch of each lane that has one and none on its way.
  void send(std::span<Lane* const> lanes);
  // Waits until an answer came, if any request is on its way.
  void wait();
  void wait_until_idle();
  bool is_idle() const { return on_the_way_.empty(); }

  // What was acknowledged, if the options ask for it.
  std::vector<Delivery> take_deliveries() { return std::exchange(deliveries_, {}); }

  // Why a batch could not be delivered; nothing is sent from then on, until it is taken away.
  const std::optional<Error>& failure() const { return failure_; }
  void clear_failure() { failure_.reset(); }

 private:
  using Answer = wire::ProduceResponse::PartitionProduceResponse;

  Task<Result<>> deliver(NodeId leader, std::vector<Lane*> lanes);
  wire::ProduceRequest request_for(const std::vector<Lane*>& lanes) const;
  static const Answer* answer_for(const wire::ProduceResponse& response, const TopicPartition& name);
  // Takes in what became of the lane's front batch; says whether the lane's leader must be looked up again.
  bool settle(Lane& lane, const Error& error, Offset first);
  void reap();

  Connection& connection_;
  ClusterView& view_;
  const ProducerOptions& options_;
  std::vector<Task<Result<>>> on_the_way_;
  std::optional<Error> failure_;
  std::vector<Delivery> deliveries_;
};

}  // namespace weir::log
