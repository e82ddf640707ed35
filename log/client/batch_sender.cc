#include "log/client/batch_sender.h"

#include <algorithm>
#include <map>

#include "log/base/assert.h"
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
  while (send_next(lanes)) {
  }
}

bool BatchSender::send_next(std::span<Lane* const> lanes) {
  std::map<NodeId, std::vector<Leaving>> by_leader;
  if (failure_) return false;
  for (Lane* lane : lanes) {
    auto* next = lane->next_to_send(most_on_the_way());
    if (next == nullptr) continue;
    const auto* known = view_.find(lane->partition);
    // Where it is not known any more, whoever is asked says so, and then it is looked up.
    by_leader[known == nullptr ? kAnyNode : known->leader].push_back({lane, next->number});
    next->state = Lane::Sealed::State::on_the_way;
    next->was_sent = true;
    ++lane->on_the_way;
  }
  for (auto& [leader, batches] : by_leader) {
    auto task = deliver(leader, std::move(batches));
    if (!task.start()) on_the_way_.push_back(std::move(task));
  }
  return !by_leader.empty();
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

wire::ProduceRequest BatchSender::request_for(const std::vector<Leaving>& batches,
                                              std::vector<RequestPlace>& places) const {
  wire::ProduceRequest request;
  request.transactional_id = options_.transactional_id;
  request.acks = options_.acks;
  request.timeout_ms = saturated_int32(options_.request_timeout.count());
  ByTopic topics(request.topic_data, &wire::ProduceRequest::TopicProduceData::name);
  for (const auto& [lane, number] : batches) {
    const RecordBatch& batch = lane->find(number)->batch;
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

Task<Result<>> BatchSender::deliver(NodeId leader, std::vector<Leaving> batches) {
  std::vector<RequestPlace> places;
  auto request = request_for(batches, places);
  auto response = co_await connection_.call(leader, std::move(request));
  // Without acks there is no answer; else one that leaves a partition out says nothing about it.
  Error unanswered{options_.acks == 0 ? ErrorCode::none : ErrorCode::request_timed_out, "no answer for this partition"};
  std::vector<Lane*> failed;        // whose batches are to be tried again,
  Millis pause{0};                  // after this time,
  std::vector<std::string> topics;  // when their leaders were looked up
  for (std::size_t i = 0; i < batches.size(); ++i) {
    Lane* lane = batches[i].lane;
    const Answer* answer = response ? answer_for(*response, places[i], lane->partition) : nullptr;
    Error error = !response           ? response.error()
                  : answer == nullptr ? unanswered
                                      : Error{answer->error_code, answer->error_message.value_or("")};
    const auto again = settle(*lane, batches[i].number, error, answer == nullptr ? kNoOffset : answer->base_offset);
    if (!again) continue;
    failed.push_back(lane);
    pause = std::max(pause, again->pause);
    if (again->needs_leader) topics.push_back(lane->partition.topic);
  }
  if (failed.empty()) co_return Result<>{};
  co_await connection_.loop.pause(pause);
  Result<> learned;
  if (!topics.empty()) learned = co_await view_.learn_again(std::move(topics));
  for (Lane* lane : failed) lane->is_held = false;
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

std::optional<BatchSender::Again> BatchSender::settle(Lane& lane, std::int64_t number, const Error& error,
                                                      Offset first) {
  auto* one = lane.find(number);
  WEIR_ASSERT(one != nullptr && lane.on_the_way > 0);
  --lane.on_the_way;
  // A duplicate was written by an earlier try whose answer was lost.
  if (error.code == ErrorCode::none || error.code == ErrorCode::duplicate_sequence_number) {
    one->state = Lane::Sealed::State::written;
    one->first = error.code == ErrorCode::none ? first : kNoOffset;
  } else {
    one->state = Lane::Sealed::State::waiting;
    lane.is_held = true;
    one->error = error;
  }
  acknowledge(lane);
  if (lane.on_the_way > 0 || !lane.is_held) return std::nullopt;
  // The first that is not written failed; what is behind it was refused because of that, or had been written before.
  WEIR_ASSERT(!lane.sealed.empty() && lane.sealed.front().was_sent);
  return cure(lane, lane.sealed.front());
}

void BatchSender::acknowledge(Lane& lane) {
  while (!lane.sealed.empty() && lane.sealed.front().state == Lane::Sealed::State::written) {
    const auto& front = lane.sealed.front();
    const std::int32_t count = front.batch.header.count;
    if (options_.reports_deliveries) deliveries_.push_back({lane.partition, front.first, count});
    if (front.first != kNoOffset) {
      const auto* known = view_.find(lane.partition);
      lane.acknowledged = {front.first + count, known == nullptr ? kNoLeaderEpoch : known->epoch};
    }
    lane.sealed.pop_front();
    lane.retry.reset();
    lane.is_known = true;
  }
}

std::optional<BatchSender::Again> BatchSender::cure(Lane& lane, const Lane::Sealed& front) {
  const Error error = front.error;
  if (error.code == ErrorCode::message_too_large || error.code == ErrorCode::record_list_too_large) {
    split_or_refuse(lane, error);
    lane.is_held = false;
    return std::nullopt;
  }
  // It came to the broker before one that is written by now: its own turn is next.
  const bool was_early = error.code == ErrorCode::out_of_order_sequence_number && !front.was_first;
  const Cure known = was_early ? Cure::again : cure_of(error.code);
  if (!lane.retry) lane.retry.emplace(connection_.retry());
  const auto pause = known == Cure::none ? std::nullopt : lane.retry->next_pause();
  if (pause) return Again{*pause, known == Cure::new_metadata};
  if (!failure_) failure_ = producer_error(error.at(lane.partition.to_string()));
  lane.is_held = false;
  return std::nullopt;
}

void BatchSender::split_or_refuse(Lane& lane, const Error& error) {
  // A broker that refused this one cannot have taken those behind it.
  if (std::ranges::any_of(lane.sealed, [](const auto& one) { return one.state == Lane::Sealed::State::written; })) {
    failure_ =
        Error{ErrorCode::out_of_order_sequence_number, "written behind a batch that is too large: " + error.detail}.at(
            lane.partition.to_string());
    return;
  }
  const RecordBatch batch = std::move(lane.sealed.front().batch);
  lane.sealed.pop_front();
  lane.retry.reset();
  if (batch.header.count > 1) {
    auto parts = split_in_two(batch);
    if (!parts) {
      failure_ = parts.error().at(lane.partition.to_string());
      return;
    }
    lane.push_front(std::move(parts->second));
    lane.push_front(std::move(parts->first));
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
