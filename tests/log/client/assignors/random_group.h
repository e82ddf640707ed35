// Random groups for the assignors' property tests, and what is looked at in their assignments.
#pragma once

#include <algorithm>
#include <random>
#include <set>

#include "log/client/assignors/assignor.h"

namespace weir::log {

using Assigned = std::map<std::string, std::set<TopicPartition>>;  // by member

struct RandomGroup {
  enum class Subscriptions : std::uint8_t { same, different };
  enum class Racks : std::uint8_t { none, some };

  RandomGroup(std::uint32_t seed, Subscriptions subscriptions, Racks racks) : random(seed) {
    const int topic_count = number(1, 6);
    for (int i = 0; i < topic_count; ++i) {
      TopicLayout& topic = topics["t" + std::to_string(i)];
      topic.partitions = number(0, 12);
      for (int p = 0; racks == Racks::some && p < topic.partitions; ++p) {
        topic.replica_racks.push_back({rack(), rack()});
      }
    }
    const int member_count = number(1, 9);
    for (int i = 0; i < member_count; ++i) add_member("m" + std::to_string(i), subscriptions, racks);
  }

  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); }
  std::string rack() { return std::string("r") + static_cast<char>('a' + number(0, 2)); }

  void add_member(const std::string& id, Subscriptions subscriptions, Racks racks) {
    SubscribedMember member{id, std::nullopt, {}};
    if (number(0, 3) == 0) member.instance_id = "i" + std::to_string(number(0, 1000));
    if (racks == Racks::some && number(0, 3) > 0) member.subscription.rack = rack();
    for (const auto& [name, _] : topics) {
      if (subscriptions == Subscriptions::same || number(0, 1) == 0) member.subscription.topics.push_back(name);
    }
    if (number(0, 4) == 0 && subscriptions == Subscriptions::different) member.subscription.topics.push_back("unknown");
    members.push_back(std::move(member));
  }

  // Each member tells what it holds, in the way of the assignor.
  void tell(const Assignor& assignor, const Assigned& held, std::int32_t generation) {
    for (auto& member : members) {
      OwnedPartitions owned;
      auto found = held.find(member.id);
      if (found != held.end()) owned = {{found->second.begin(), found->second.end()}, generation};
      member.subscription.user_data = assignor.subscription_user_data(owned);
      member.subscription.owned_partitions = owned.partitions;
      member.subscription.generation = owned.generation;
    }
  }

  Assigned assign(const Assignor& assignor) const {
    auto all = assignor.assign(members, topics).value();
    Assigned assigned;
    for (std::size_t i = 0; i < members.size(); ++i) {
      assigned[members[i].id] = {all[i].partitions.begin(), all[i].partitions.end()};
    }
    return assigned;
  }

  bool subscribes(const std::string& id, const std::string& topic) const {
    auto member = std::ranges::find(members, id, &SubscribedMember::id);
    return std::ranges::count(member->subscription.topics, topic) > 0;
  }

  std::set<TopicPartition> subscribed() const {
    std::set<TopicPartition> all;
    for (const auto& member : members) {
      for (const auto& topic : member.subscription.topics) {
        auto found = topics.find(topic);
        for (std::int32_t p = 0; found != topics.end() && p < found->second.partitions; ++p) {
          all.insert({topic, PartitionIndex(p)});
        }
      }
    }
    return all;
  }

  std::mt19937 random;
  TopicLayouts topics;
  std::vector<SubscribedMember> members;
};

inline std::size_t count_kept(const Assigned& before, const Assigned& after) {
  std::size_t kept = 0;
  for (const auto& [member, partitions] : after) {
    auto held = before.find(member);
    if (held == before.end()) continue;
    kept += static_cast<std::size_t>(
        std::ranges::count_if(partitions, [&](const auto& each) { return held->second.contains(each); }));
  }
  return kept;
}

// "a: t-0 t-1; b: t-2; "
inline std::string shown(const Assigned& assigned) {
  std::string text;
  for (const auto& [member, partitions] : assigned) {
    text += member + ":";
    for (const auto& each : partitions) text += " " + each.to_string();
    text += "; ";
  }
  return text;
}

// Between the largest and the smallest.
inline std::size_t spread(const Assigned& assigned) {
  std::vector<std::size_t> sizes;
  for (const auto& [_, partitions] : assigned) sizes.push_back(partitions.size());
  return std::ranges::max(sizes) - std::ranges::min(sizes);
}

}  // namespace weir::log
