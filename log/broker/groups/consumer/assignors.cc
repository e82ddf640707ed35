#include "log/broker/groups/consumer/assignors.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace weir::log::broker {

namespace {

// Members by how much they have, those together that read the same topics: who of the readers of a topic has least is
// found without a look at every one.
class Loads {
 public:
  explicit Loads(const AssignInput& input) {
    std::map<std::set<TopicId>, std::size_t> classes;
    for (const auto& [id, member] : input.members) {
      const auto [at, is_new] = classes.try_emplace(member.topics, by_load_.size());
      if (is_new) {
        by_load_.emplace_back();
        for (const auto& topic : member.topics) readers_[topic].push_back(at->second);
      }
      class_of_[id] = at->second;
      by_load_[at->second].insert({0, id});
    }
  }

  std::size_t of(const std::string& member) const {
    const auto found = load_.find(member);
    return found == load_.end() ? 0 : found->second;
  }
  void add(const std::string& member, int change) {
    auto& members = by_load_[class_of_.at(member)];
    std::size_t& load = load_[member];
    members.erase({load, member});
    load = static_cast<std::size_t>(static_cast<std::int64_t>(load) + change);
    members.insert({load, member});
  }
  // Of those that read the topic; somebody does.
  const std::string& least_of(const TopicId& topic) const {
    const std::pair<std::size_t, std::string>* least = nullptr;
    for (const std::size_t one : readers_.at(topic)) {
      const auto& first = *by_load_[one].begin();
      if (least == nullptr || first < *least) least = &first;
    }
    return least->second;
  }

 private:
  std::vector<std::set<std::pair<std::size_t, std::string>>> by_load_;  // one a class
  std::map<std::string, std::size_t> class_of_;
  std::map<std::string, std::size_t> load_;
  std::map<TopicId, std::vector<std::size_t>> readers_;  // classes
};

class Uniform {
 public:
  explicit Uniform(const AssignInput& input) : input_(input), loads_(input) {
    for (const auto& [id, member] : input.members) assignment_[id];
  }

  GroupAssignment assign() {
    keep();
    give_rest();
    even_out();
    return std::move(assignment_);
  }

 private:
  void give(const std::string& member, const TopicId& topic, PartitionIndex partition) {
    assignment_[member][topic].insert(partition);
    loads_.add(member, 1);
  }
  void keep() {
    for (const auto& [id, member] : input_.members) {
      for_each_partition(member.before, [&, &id = id, &member = member](const TopicId& topic, PartitionIndex p) {
        const auto count = input_.partitions.find(topic);
        const bool is_there = count != input_.partitions.end() && p.value() < count->second;
        if (is_there && member.topics.contains(topic) && kept_.insert({topic, p}).second) give(id, topic, p);
      });
    }
  }
  void give_rest() {
    for (const auto& [topic, count] : input_.partitions) {
      for (std::int32_t i = 0; i < count; ++i) {
        const PartitionIndex p(i);
        if (!kept_.contains({topic, p})) give(std::string(loads_.least_of(topic)), topic, p);
      }
    }
  }
  // Who has most gives first. Each move makes the sum of the squares of what members have smaller: it ends.
  void even_out() {
    for (bool has_moved = true; has_moved;) {
      has_moved = false;
      std::set<std::pair<std::size_t, std::string>> waiting;
      for (const auto& [id, own] : assignment_) waiting.insert({loads_.of(id), id});
      while (!waiting.empty()) {
        const std::string id = std::prev(waiting.end())->second;
        waiting.erase(std::prev(waiting.end()));
        if (!relieve(id)) continue;
        has_moved = true;
        waiting.insert({loads_.of(id), id});
      }
    }
  }
  // Of one partition, if somebody has at least two less.
  bool relieve(const std::string& id) {
    auto& own = assignment_[id];
    const PartitionsByTopic::value_type* from = nullptr;
    std::string to;
    for (const auto& topic : own) {
      const std::string& least = loads_.least_of(topic.first);
      if (from != nullptr && loads_.of(to) <= loads_.of(least)) continue;
      from = &topic;
      to = least;
    }
    if (from == nullptr || loads_.of(to) + 1 >= loads_.of(id)) return false;
    const TopicId topic = from->first;
    const PartitionIndex last = *from->second.rbegin();
    own[topic].erase(last);
    if (own[topic].empty()) own.erase(topic);
    loads_.add(id, -1);
    give(to, topic, last);
    return true;
  }

  const AssignInput& input_;
  Loads loads_;
  std::set<std::pair<TopicId, PartitionIndex>> kept_;
  GroupAssignment assignment_;
};

}  // namespace

GroupAssignment assign_uniform(const AssignInput& input) {
  return Uniform(input).assign();
}

GroupAssignment assign_range(const AssignInput& input) {
  GroupAssignment assignment;
  std::vector<std::pair<std::string, const std::string*>> ordered;
  for (const auto& [id, member] : input.members) {
    assignment[id];
    ordered.emplace_back(member.order, &id);
  }
  std::ranges::sort(ordered, [](const auto& a, const auto& b) {
    return std::tie(a.first, *a.second) < std::tie(b.first, *b.second);
  });
  for (const auto& [topic, count] : input.partitions) {
    std::vector<const std::string*> readers;
    for (const auto& [order, id] : ordered) {
      if (input.members.at(*id).topics.contains(topic)) readers.push_back(id);
    }
    const auto share = static_cast<std::size_t>(count) / readers.size();
    const auto more = static_cast<std::size_t>(count) % readers.size();
    std::int32_t next = 0;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      for (std::size_t left = share + (i < more ? 1 : 0); left > 0; --left) {
        assignment[*readers[i]][topic].insert(PartitionIndex(next++));
      }
    }
  }
  return assignment;
}

bool is_assignor(std::string_view name) {
  return name == kUniform || name == kRange;
}

GroupAssignment assign_by(std::string_view name, const AssignInput& input) {
  return name == kRange ? assign_range(input) : assign_uniform(input);
}

}  // namespace weir::log::broker
