// Partitions of several topics, by the topics' ids: what is, or is to be, a member's.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "log/model/ids.h"

namespace weir::log::broker {

// No topic is in it without a partition.
using PartitionsByTopic = std::map<TopicId, std::set<PartitionIndex>>;

inline bool contains(const PartitionsByTopic& all, const TopicId& topic, PartitionIndex partition) {
  const auto found = all.find(topic);
  return found != all.end() && found->second.contains(partition);
}

inline std::size_t count_of(const PartitionsByTopic& all) {
  std::size_t count = 0;
  for (const auto& [topic, partitions] : all) count += partitions.size();
  return count;
}

// visit(topic, partition), in order.
template <class Visit>
void for_each_partition(const PartitionsByTopic& all, Visit visit) {
  for (const auto& [topic, partitions] : all) {
    for (const PartitionIndex partition : partitions) visit(topic, partition);
  }
}

// From and to the lists of messages, whose entries have a topic_id and partitions.
template <class List>
PartitionsByTopic partitions_in(const List& list) {
  PartitionsByTopic all;
  for (const auto& [topic, partitions] : list) {
    if (!partitions.empty()) all[topic].insert(partitions.begin(), partitions.end());
  }
  return all;
}
template <class One>
std::vector<One> list_of(const PartitionsByTopic& all) {
  std::vector<One> list;
  for (const auto& [topic, partitions] : all) list.push_back({topic, {partitions.begin(), partitions.end()}});
  return list;
}

}  // namespace weir::log::broker
