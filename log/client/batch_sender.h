// BatchSender: brings lanes' sealed batches to the partitions' leaders, one request a leader, and learns from the
// answers. A request that is not answered at once stays on its way while its owner goes on.
//
// Owner: the producer's thread. References to lanes stay valid until the sender is idle.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "log/client/by_topic.h"
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

  // Sends of each lane what may leave: the next batches in sequence, as many as may be on their way at once.
  void send(std::span<Lane* const> lanes);
  // Waits until an answer came, if any request is on its way.
  void wait();
  void wait_until_idle();
  bool is_idle() const { return on_the_way_.empty(); }

  // What was acknowledged, if the options ask for it.
  std::vector<Delivery> take_deliveries() { return std::exchange(deliveries_, {}); }

  // Records that are too large for their topics: kept, if the options ask for it; otherwise the first one's error.
  std::vector<Refusal> take_refusals() { return std::exchange(refusals_, {}); }
  bool has_refused() const { return refused_.has_value(); }
  std::optional<Error> take_refused() { return std::exchange(refused_, {}); }

  // Why a batch could not be delivered; nothing is sent from then on, until it is taken away.
  const std::optional<Error>& failure() const { return failure_; }
  void clear_failure() {
    failure_.reset();
    refused_.reset();
  }

 private:
  using Answer = wire::ProduceResponse::PartitionProduceResponse;

  struct Leaving {
    Lane* lane;
    std::int64_t number;  // of its batch
  };

  std::size_t most_on_the_way() const {
    return options_.idempotent ? static_cast<std::size_t>(options_.max_in_flight) : 1;
  }
  // One batch of each lane; false if there was none.
  bool send_next(std::span<Lane* const> lanes);
  Task<Result<>> deliver(NodeId leader, std::vector<Leaving> batches);
  // Fills in where each batch stands in it.
  wire::ProduceRequest request_for(const std::vector<Leaving>& batches, std::vector<RequestPlace>& places) const;
  static const Answer* answer_for(const wire::ProduceResponse& response, RequestPlace place,
                                  const TopicPartition& name);
  // Takes in what became of a batch. What is to be tried again, when all that was on its way has come back, rests
  // first.
  struct Again {
    Millis pause;
    bool needs_leader;
  };
  std::optional<Again> settle(Lane& lane, std::int64_t number, const Error& error, Offset first);
  // Tells what was written, in sequence.
  void acknowledge(Lane& lane);
  // Everything has come back, and the front batch failed.
  std::optional<Again> cure(Lane& lane, const Lane::Sealed& front);
  // The front batch is too large: its records go in smaller ones, and one that is too large by itself not at all.
  void split_or_refuse(Lane& lane, const Error& error);
  void reap();

  Connection& connection_;
  ClusterView& view_;
  const ProducerOptions& options_;
  std::vector<Task<Result<>>> on_the_way_;
  std::optional<Error> failure_;
  std::vector<Delivery> deliveries_;
  std::vector<Refusal> refusals_;
  std::optional<Error> refused_;
};

}  // namespace weir::log
