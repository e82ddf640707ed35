#include "log/client/assignors/group_layout.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace weir::log {

namespace {

// Static members before the others.
bool stands_before(const SubscribedMember& a, const SubscribedMember& b) {
  if (a.instance_id.has_value() != b.instance_id.has_value()) return a.instance_id.has_value();
  return std::tie(a.instance_id, a.id) < std::tie(b.instance_id, b.id);
}

// The names that any member subscribes, each once, in order.
std::vector<std::string_view> names_of(const std::vector<SubscribedMember>& members) {
  std::unordered_set<std::string_view> all;
  for (const auto& member : members) {
    all.insert(member.subscription.topics.begin(), member.subscription.topics.end());
  }
  std::vector<std::string_view> names(all.begin(), all.end());
  std::ranges::sort(names);
  return names;
}

// By member: the places of its topics in `names`, ascending, each once.
std::vector<std::vector<std::size_t>> subscriptions_of(const std::vector<SubscribedMember>& members,
                                                       const std::vector<std::string_view>& names) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
  std::vector<std::vector<std::size_t>> all;
  for (const auto& member : members) {
    auto& its = all.emplace_back();
    for (const auto& topic : member.subscription.topics) its.push_back(places.at(topic));
    std::ranges::sort(its);
    its.erase(std::unique(its.begin(), its.end()), its.end());
  }
  return all;
}

}  // namespace

GroupLayout::GroupLayout(const std::vector<SubscribedMember>& members, const TopicLayouts& topics, MemberOrder order)
    : members_(members), order_(members.size()) {
  std::iota(order_.begin(), order_.end(), 0);
  std::ranges::sort(order_, [&](std::size_t a, std::size_t b) {
    if (order == MemberOrder::by_member_id) return members[a].id < members[b].id;
    return stands_before(members[a], members[b]);
  });

  const auto names = names_of(members);
  const auto subscriptions = subscriptions_of(members, names);
  all_subscribe_the_same_ =
      std::ranges::all_of(subscriptions, [&](const auto& its) { return its == subscriptions[0]; });

  std::vector<std::vector<int>> subscribers(names.size());
  for (int rank = 0; rank < member_count(); ++rank) {
    for (std::size_t name : subscriptions[order_[static_cast<std::size_t>(rank)]]) subscribers[name].push_back(rank);
  }
  for (std::size_t name = 0; name < names.size(); ++name) {
    auto found = topics.find(std::string(names[name]));
    if (found == topics.end() || found->second.partitions <= 0) continue;
    const int topic = static_cast<int>(topics_.size());
    topics_.push_back({&found->first, &found->second, partition_count(), std::move(subscribers[name])});
    topic_of_partition_.insert(topic_of_partition_.end(), static_cast<std::size_t>(found->second.partitions), topic);
  }
  subscribes_.resize(members.size() * topics_.size());
  for (std::size_t topic = 0; topic < topics_.size(); ++topic) {
    for (int rank : topics_[topic].members) subscribes_[static_cast<std::size_t>(rank) * topics_.size() + topic] = true;
  }
}

int GroupLayout::find(const TopicPartition& partition) const {
  auto topic = std::ranges::lower_bound(topics_, partition.topic, {},
                                        [](const Topic& each) -> const std::string& { return *each.name; });
  if (topic == topics_.end() || *topic->name != partition.topic) return -1;
  const std::int32_t number = partition.partition.value();
  return number >= 0 && number < topic->partitions() ? topic->first_partition + number : -1;
}

std::vector<wire::ConsumerAssignment> GroupLayout::told(Assignment assignment) const {
  std::vector<wire::ConsumerAssignment> all(members_.size());
  for (std::size_t rank = 0; rank < assignment.size(); ++rank) {
    auto& partitions = all[order_[rank]].partitions;
    std::ranges::sort(assignment[rank]);
    for (int partition : assignment[rank]) {
      const Topic& topic = topics_[static_cast<std::size_t>(topic_of(partition))];
      partitions.push_back({*topic.name, PartitionIndex(partition - topic.first_partition)});
    }
  }
  return all;
}

}  // namespace weir::log
