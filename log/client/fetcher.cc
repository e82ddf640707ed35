#include "log/client/fetcher.h"

#include <map>

#include "log/client/by_topic.h"

namespace weir::log {

void Fetcher::start(const std::vector<Wanted>& wanted, Millis max_wait) {
  std::map<NodeId, std::vector<Asked>> by_leader;
  std::map<NodeId, wire::FetchRequest> requests;
  using Topic = wire::FetchRequest::FetchTopic;
  for (const auto& [tag, partition, offset] : wanted) {
    const auto* known = view_.find(*partition);
    NodeId leader = known == nullptr ? kAnyNode : known->leader;
    const auto* known_topic = view_.find(partition->topic);
    auto& topic = topic_entry(requests[leader].topics, &Topic::topic, partition->topic);
    if (known_topic != nullptr) topic.topic_id = known_topic->id;
    by_leader[leader].push_back({tag, *partition, topic.topic_id, offset});
    auto& asked = topic.partitions.emplace_back();
    asked.partition = partition->partition;
    asked.fetch_offset = offset;
    asked.current_leader_epoch = known == nullptr ? kNoLeaderEpoch : known->epoch;
    asked.partition_max_bytes = static_cast<std::int32_t>(options_.max_partition_bytes);
  }
  for (auto& [leader, request] : requests) {
    request.max_wait_ms = static_cast<std::int32_t>(max_wait.count());
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
  for (const auto& topic : response->responses) {
    // Later versions of the message name topics by id only.
    bool is_it = topic.topic.empty() ? topic.topic_id == wanted.topic_id : topic.topic == wanted.partition.topic;
    if (!is_it) continue;
    for (const auto& partition : topic.partitions) {
      if (partition.partition_index == wanted.partition.partition) return &partition;
    }
  }
  return nullptr;
}

std::vector<Fetcher::Answer> Fetcher::take_answers() {
  reap();
  return std::exchange(answers_, {});
}

void Fetcher::reap() {
  std::erase_if(on_the_way_, [](const Task<Result<>>& task) { return task.done(); });
}

}  // namespace weir::log
