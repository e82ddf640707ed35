// What is to be whose in a group of the new protocol: the assignors of the server (KIP-848). Values in, values out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "log/broker/groups/consumer/partitions.h"

namespace weir::log::broker {

struct AssignInput {
  struct Member {
    std::set<TopicId> topics{};  // that it reads, of those that are there
    std::string order{};         // what members are ordered by: its instance, or else its id
    PartitionsByTopic before{};  // what was to be its own
  };
  std::map<TopicId, std::int32_t> partitions{};  // of every topic that somebody reads
  std::map<std::string, Member> members{};       // by id
};

// By member id; one that gets nothing has an empty one. Each partition of a topic that somebody reads is one's who
// does.
using GroupAssignment = std::map<std::string, PartitionsByTopic>;

// "uniform": no member can be given a partition of one that has two more than it; with subscriptions that are all the
// same, numbers differ by one at most. As much as can be stays where it was.
GroupAssignment assign_uniform(const AssignInput& input);
// "range": of each topic, neighbouring partitions; the first members get one more where they do not come out even.
// Equal partitions of topics that the same members read are one member's.
GroupAssignment assign_range(const AssignInput& input);

inline constexpr std::string_view kUniform = "uniform";  // the default
inline constexpr std::string_view kRange = "range";

bool is_assignor(std::string_view name);
GroupAssignment assign_by(std::string_view name, const AssignInput& input);  // is_assignor(name)

}  // namespace weir::log::broker
