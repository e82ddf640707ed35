#include "log/client/fetcher.h"

#include <map>

namespace weir::log {

void Fetcher::start(const std::vector<Wanted>& wanted, Millis max_wait) {
  std::map<NodeId, std::vector<Asked>> by_leader;
  using Topic = wire::FetchRequest::FetchTopic;
  struct Begun {
    wire::FetchRequest request;
    ByTopic<Topic> topics{request.topics, &Topic::topic};
  };
  std::map<NodeId, Begun> requests;
  for (const auto& [tag, partition, offset] : wanted) {
    const auto* known = view_.find(*partition);
    NodeId leader = known == nullptr ? kAnyNode : known->leader;
    const auto* known_topic = view_.find(partition->topic);
    auto& [request, topics] = requests[leader];
    const std::size_t topic_index = topics.index_of(partition->topic);
    Topic& topic = request.topics[topic_index];
    if (known_topic != nullptr) topic.topic_id = known_topic->id;
    by_leader[leader].push_back({tag, *partition, topic.topic_id, offset, {topic_index, topic.partitions.size()}});
    auto& asked = topic.partitions.emplace_back();
    asked.partition = partition->partition;
    asked.fetch_offset = offset;
    asked.current_leader_epoch = known == nullptr ? kNoLeaderEpoch : known->epoch;
    asked.partition_max_bytes = static_cast<std::int32_t>(options_.max_partition_bytes);
  }
  for (auto& [leader, begun] : requests) {
    wire::FetchRequest& request = begun.request;
    request.max_wait_ms = saturated_int32(max_wait.count());
    request.min_bytes = 1;
    request.max_bytes = static_cast<std::int32_t>(options_.max_bytes);
    request.isolation_level = options_.isolation;
    auto task = fetch(leader, std::move(request), std::move(by_leader[leader]));
    if (!task.start()) on_the_way_.push_back(std::move(task));
  }
}

Task<Result<>> Fetcher::fetch(NodeId leader, wire::FetchRequest request, std::vector<Asked> asked) {
  auto response = co_await connection_.call(leader, std::move(request));
  if (response && response->error_code != ErrorCode::none) response = fail(response->error_code, "Fetch");
  answers_.push_back({std::move(asked), std::move(response)});
  co_return Result<>{};
}

const wire::FetchResponse::PartitionData* Fetcher::Answer::of(const Asked& wanted) const {
  return answer_at(
      response->responses, &wire::FetchResponse::FetchableTopicResponse::partitions, wanted.place,
      // Later versions of the message name topics by id only.
      [&](const auto& topic) {
        return topic.topic.empty() ? topic.topic_id == wanted.topic_id : topic.topic == wanted.partition.topic;
      },
      [&](const auto& partition) { return partition.partition_index == wanted.partition.partition; });
}

std::vector<Fetcher::Answer> Fetcher::take_answers() {
  reap();
  return std::exchange(answers_, {});
}

void Fetcher::reap() {
  std::erase_if(on_the_way_, [](const Task<Result<>>& task) { return task.done(); });
}

}  // namespace weir::log
