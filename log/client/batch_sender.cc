#include "log/client/batch_sender.h"

#include <map>

#include "log/client/batch_split.h"
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

wire::ProduceRequest BatchSender::request_for(const std::vector<Lane*>& lanes,
                                              std::vector<RequestPlace>& places) const {
  wire::ProduceRequest request;
  request.transactional_id = options_.transactional_id;
  request.acks = options_.acks;
  request.timeout_ms = saturated_int32(options_.request_timeout.count());
  ByTopic topics(request.topic_data, &wire::ProduceRequest::TopicProduceData::name);
  for (const Lane* lane : lanes) {
    const RecordBatch& batch = lane->sealed.front();
    const std::size_t topic = topics.index_of(lane->partition.topic);
    auto& partition = request.topic_data[topic].partition_data.emplace_back();
    places.push_back({topic, request.topic_data[topic].partition_data.size() - 1});
    partition.index = lane->partition.partition;
    partition.records.emplace();
    partition.records->parts.push_back(batch.bytes);
    partition.records->trust = batch.trust;
  }
  return request;
}

Task<Result<>> BatchSender::deliver(NodeId leader, std::vector<Lane*> lanes) {
  std::vector<RequestPlace> places;
  auto request = request_for(lanes, places);
  auto response = co_await connection_.call(leader, std::move(request));
  // Without acks there is no answer; else one that leaves a partition out says nothing about it.
  Error unanswered{options_.acks == 0 ? ErrorCode::none : ErrorCode::request_timed_out, "no answer for this partition"};
  std::vector<Lane*> failed;        // whose batches are to be tried again,
  Millis pause{0};                  // after this time,
  std::vector<std::string> topics;  // when their leaders were looked up
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Lane* lane = lanes[i];
    const Answer* answer = response ? answer_for(*response, places[i], lane->partition) : nullptr;
    Error error = !response           ? response.error()
                  : answer == nullptr ? unanswered
                                      : Error{answer->error_code, answer->error_message.value_or("")};
    const auto again = settle(*lane, error, answer == nullptr ? kNoOffset : answer->base_offset);
    lane->is_sending = again.has_value();
    if (!again) continue;
    failed.push_back(lane);
    pause = std::max(pause, again->pause);
    if (again->needs_leader) topics.push_back(lane->partition.topic);
  }
  if (failed.empty()) co_return Result<>{};
  co_await connection_.loop.pause(pause);
  Result<> learned;
  if (!topics.empty()) learned = co_await view_.learn_again(std::move(topics));
  for (Lane* lane : failed) lane->is_sending = false;
  if (!learned && !failure_) failure_ = learned.error();
  co_return Result<>{};
}

const BatchSender::Answer* BatchSender::answer_for(const wire::ProduceResponse& response, RequestPlace place,
                                                   const TopicPartition& name) {
  return answer_at(
      response.responses, &wire::ProduceResponse::TopicProduceResponse::partition_responses, place,
      [&](const auto& topic) { return topic.name == name.topic; },
      [&](const Answer& answer) { return answer.index == name.partition; });
}

std::optional<BatchSender::Again> BatchSender::settle(Lane& lane, const Error& error, Offset first) {
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
    return std::nullopt;
  }
  if (error.code == ErrorCode::message_too_large || error.code == ErrorCode::record_list_too_large) {
    split_or_refuse(lane, error);
    return std::nullopt;
  }
  Cure cure = cure_of(error.code);
  if (!lane.retry) lane.retry.emplace(connection_.retry());
  const auto pause = cure == Cure::none ? std::nullopt : lane.retry->next_pause();
  if (!pause) {
    if (!failure_) failure_ = producer_error(error.at(lane.partition.to_string()));
    return std::nullopt;
  }
  return Again{*pause, cure == Cure::new_metadata};
}

void BatchSender::split_or_refuse(Lane& lane, const Error& error) {
  const RecordBatch batch = std::move(lane.sealed.front());
  lane.sealed.pop_front();
  lane.retry.reset();
  if (batch.header.count > 1) {
    auto parts = split_in_two(batch);
    if (!parts) {
      failure_ = parts.error().at(lane.partition.to_string());
      return;
    }
    lane.sealed.push_front(std::move(parts->second));
    lane.sealed.push_front(std::move(parts->first));
    return;
  }
  if (batch.header.has_producer()) lane.forget_sequence();
  const std::string place = lane.partition.to_string() + ": a record of " + std::to_string(record_bytes(batch)) +
                            " bytes is too large for its topic";
  Error told = Error{ErrorCode::message_too_large, error.detail}.at(place);
  if (options_.reports_refusals) {
    refusals_.push_back({lane.partition, batch, std::move(told)});
  } else if (!refused_) {
    refused_ = std::move(told);
  }
}

}  // namespace weir::log
