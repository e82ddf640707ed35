#include "log/client/batch_sender.h"

#include <map>

#include "log/client/by_topic.h"
#include "log/client/cure.h"
#include "log/client/transaction_calls.h"

namespace weir::log {

void BatchSender::send(std::span<Lane* const> lanes) {
  if (!on_the_way_.empty()) {
    (void)connection_.loop.resume_ready(std::chrono::nanoseconds(0));
    reap();
  }
  std::map<NodeId, std::vector<Lane*>> by_leader;
  for (Lane* lane : lanes) {
    if (failure_) return;
    if (lane->is_sending || lane->sealed.empty()) continue;
    const auto* known = view_.find(lane->partition);
    // Where it is not known any more, whoever is asked says so, and then it is looked up.
    by_leader[known == nullptr ? kAnyNode : known->leader].push_back(lane);
  }
  for (auto& [leader, of_leader] : by_leader) {
    for (Lane* lane : of_leader) lane->is_sending = true;
    auto task = deliver(leader, std::move(of_leader));
    if (!task.start()) on_the_way_.push_back(std::move(task));
  }
}

void BatchSender::wait() {
  const std::size_t before = on_the_way_.size();
  reap();  // what came while the loop was turned for something else
  while (!on_the_way_.empty() && on_the_way_.size() == before) {
    (void)connection_.loop.resume_ready();
    reap();
  }
}

void BatchSender::wait_until_idle() {
  while (!on_the_way_.empty()) wait();
}

void BatchSender::reap() {
  std::erase_if(on_the_way_, [](const Task<Result<>>& task) { return task.done(); });
}

wire::ProduceRequest BatchSender::request_for(const std::vector<Lane*>& lanes) const {
  wire::ProduceRequest request;
  request.transactional_id = options_.transactional_id;
  request.acks = options_.acks;
  request.timeout_ms = static_cast<std::int32_t>(options_.request_timeout.count());
  using Topic = wire::ProduceRequest::TopicProduceData;
  for (const Lane* lane : lanes) {
    const RecordBatch& batch = lane->sealed.front();
    auto& partition =
        topic_entry(request.topic_data, &Topic::name, lane->partition.topic).partition_data.emplace_back();
    partition.index = lane->partition.partition;
    partition.records.emplace();
    partition.records->parts.push_back(batch.bytes);
    partition.records->trust = batch.trust;
  }
  return request;
}

Task<Result<>> BatchSender::deliver(NodeId leader, std::vector<Lane*> lanes) {
  auto response = co_await connection_.call(leader, request_for(lanes));
  // Without acks there is no answer; else one that leaves a partition out says nothing about it.
  Error unanswered{options_.acks == 0 ? ErrorCode::none : ErrorCode::request_timed_out, "no answer for this partition"};
  std::vector<Lane*> moved;  // whose leaders are to be looked up again
  for (Lane* lane : lanes) {
    const Answer* answer = response ? answer_for(*response, lane->partition) : nullptr;
    Error error = !response           ? response.error()
                  : answer == nullptr ? unanswered
                                      : Error{answer->error_code, answer->error_message.value_or("")};
    if (settle(*lane, error, answer == nullptr ? kNoOffset : answer->base_offset)) {
      moved.push_back(lane);
    } else {
      lane->is_sending = false;
    }
  }
  if (moved.empty()) co_return Result<>{};
  std::vector<std::string> topics;
  for (Lane* lane : moved) topics.push_back(lane->partition.topic);
  auto learned = co_await view_.learn_again(std::move(topics));
  for (Lane* lane : moved) lane->is_sending = false;
  if (!learned && !failure_) failure_ = learned.error();
  co_return Result<>{};
}

const BatchSender::Answer* BatchSender::answer_for(const wire::ProduceResponse& response, const TopicPartition& name) {
  for (const auto& topic : response.responses) {
    if (topic.name != name.topic) continue;
    for (const auto& answer : topic.partition_responses) {
      if (answer.index == name.partition) return &answer;
    }
  }
  return nullptr;
}

bool BatchSender::settle(Lane& lane, const Error& error, Offset first) {
  // A duplicate was written by an earlier try whose answer was lost.
  if (error.code == ErrorCode::none || error.code == ErrorCode::duplicate_sequence_number) {
    if (error.code != ErrorCode::none) first = kNoOffset;
    if (options_.reports_deliveries) {
      deliveries_.push_back({lane.partition, first, lane.sealed.front().header.count});
    }
    if (first != kNoOffset) {
      const auto* known = view_.find(lane.partition);
      lane.acknowledged = {first + lane.sealed.front().header.count, known == nullptr ? kNoLeaderEpoch : known->epoch};
    }
    lane.sealed.pop_front();
    lane.retry.reset();
    return false;
  }
  Cure cure = cure_of(error.code);
  if (!lane.retry) lane.retry.emplace(connection_.retry());
  if (cure == Cure::none || !lane.retry->again()) {
    if (!failure_) failure_ = producer_error(error.at(lane.partition.to_string()));
    return false;
  }
  return cure == Cure::new_metadata;
}

}  // namespace weir::log
