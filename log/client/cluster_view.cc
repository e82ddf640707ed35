#include "log/client/cluster_view.h"

#include <algorithm>

#include "log/client/cure.h"
#include "log/wire/messages/find_coordinator.h"

namespace weir::log {

const ClusterView::Topic* ClusterView::find(const std::string& topic) const {
  auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : &found->second;
}

const ClusterView::Partition* ClusterView::find(const TopicPartition& partition) const {
  const Topic* topic = find(partition.topic);
  auto index = static_cast<std::size_t>(partition.partition.value());
  return topic != nullptr && index < topic->partitions.size() ? &topic->partitions[index] : nullptr;
}

Task<Result<>> ClusterView::learn(std::vector<std::string> topics) {
  std::erase_if(topics, [this](const std::string& topic) { return find(topic) != nullptr; });
  if (topics.empty()) co_return Result<>{};
  co_return co_await learn_again(std::move(topics));
}

Task<Result<>> ClusterView::learn_again(std::vector<std::string> topics) {
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  Retry retry = connection_.retry();
  for (;;) {
    wire::MetadataRequest request;
    request.allow_auto_topic_creation = false;
    for (const auto& name : topics) request.topics->push_back({{}, name});
    auto response = co_await connection_.call(kAnyNode, std::move(request));
    Result<> outcome;
    if (!response) {
      outcome = fail(response.error().at("Metadata"));
    } else {
      for (const auto& topic : response->topics) {
        auto taken = take(topic);
        if (outcome) outcome = std::move(taken);
      }
    }
    if (outcome) co_return outcome;
    // A topic that is not there will not come by waiting.
    bool is_answer = outcome.error().code == ErrorCode::unknown_topic_or_partition;
    const bool helps = !is_answer && cure_of(outcome.error().code) != Cure::none;
    if (!co_await retry.again_if(helps)) co_return outcome;
  }
}

Task<Result<std::vector<std::string>>> ClusterView::list_topics() {
  Retry retry = connection_.retry();
  for (;;) {
    wire::MetadataRequest request;
    request.topics.reset();
    request.allow_auto_topic_creation = false;
    auto response = co_await connection_.call(kAnyNode, std::move(request));
    if (response) {
      std::vector<std::string> names;
      for (const auto& topic : response->topics) {
        (void)take(topic);  // whoever uses it learns what is wrong with it
        if (topic.error_code == ErrorCode::none && !topic.is_internal) names.push_back(topic.name.value_or(""));
      }
      co_return names;
    }
    const bool helps = cure_of(response.error().code) != Cure::none;
    if (!co_await retry.again_if(helps)) co_return fail(response.error().at("Metadata"));
  }
}

Result<> ClusterView::take(const wire::MetadataResponse::MetadataResponseTopic& answer) {
  std::string name = answer.name.value_or("");
  if (answer.error_code != ErrorCode::none) {
    if (answer.error_code == ErrorCode::unknown_topic_or_partition) topics_.erase(name);
    return fail(answer.error_code, "topic " + name);
  }
  Topic& topic = topics_[name];
  if (topic.id != answer.topic_id) topic = Topic{answer.topic_id, {}};  // new, or deleted and made again
  Result<> outcome;
  for (const auto& partition : answer.partitions) {
    auto index = static_cast<std::size_t>(partition.partition_index.value());
    if (index >= answer.partitions.size()) return fail(ErrorCode::unknown_server_error, "partitions of " + name);
    if (topic.partitions.size() <= index) topic.partitions.resize(index + 1);
    Partition& known = topic.partitions[index];
    if (partition.leader_id.value() < 0) {
      outcome = fail(ErrorCode::leader_not_available, name + "-" + std::to_string(index));
    } else if (partition.leader_epoch >= known.epoch || partition.leader_epoch == kNoLeaderEpoch) {
      known = {partition.leader_id, partition.leader_epoch};
    }
  }
  return outcome;
}

Task<Result<NodeId>> ClusterView::coordinator(wire::CoordinatorType type, std::string key) {
  auto known = coordinators_.find({type, key});
  if (known != coordinators_.end()) co_return known->second;
  const char* kind = type == wire::CoordinatorType::group ? "the coordinator of group " : "the coordinator of ";
  Retry retry = connection_.retry();
  for (;;) {
    wire::FindCoordinatorRequest request;
    request.key_type = type;
    request.coordinator_keys = {key};
    auto response = co_await connection_.call(kAnyNode, std::move(request));
    Error error;
    if (!response) {
      error = response.error();
    } else if (response->coordinators.size() != 1) {
      error = {ErrorCode::unknown_server_error, "no answer"};
    } else {
      const auto& found = response->coordinators.front();
      if (found.error_code == ErrorCode::none) {
        coordinators_[{type, key}] = found.node_id;
        co_return found.node_id;
      }
      error = {found.error_code, found.error_message.value_or("")};
    }
    if (!co_await retry.again_if(cure_of(error.code) != Cure::none)) co_return fail(error.at(kind + key));
  }
}

void ClusterView::forget_coordinator(wire::CoordinatorType type, const std::string& key) {
  coordinators_.erase({type, key});
}

}  // namespace weir::log
