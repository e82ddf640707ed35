#include "log/client/assignors/rack_match.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace weir::log {

RackMatch::RackMatch(const GroupLayout& group) : group_(group) {
  std::map<std::string_view, int> numbers;
  auto number_of = [&](std::string_view rack) {
    return numbers.emplace(rack, static_cast<int>(numbers.size())).first->second;
  };
  for (int member = 0; member < group.member_count(); ++member) {
    const auto& rack = group.member(member).subscription.rack;
    rack_of_member_.push_back(rack && !rack->empty() ? number_of(*rack) : -1);
  }
  for (const auto& topic : group.topics()) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(topic.partitions()); ++i) {
      std::set<int> racks;
      if (i < topic.layout->replica_racks.size()) {
        for (const auto& rack : topic.layout->replica_racks[i]) racks.insert(number_of(rack));
      }
      racks_of_partition_.emplace_back(racks.begin(), racks.end());
    }
  }
  std::vector<int> everybody(rack_of_member_.size());
  std::iota(everybody.begin(), everybody.end(), 0);
  matters_ = tells_apart(everybody, 0, group.partition_count());
}

bool RackMatch::matters_for(int topic) const {
  const auto& it = group_.topics()[static_cast<std::size_t>(topic)];
  return tells_apart(it.members, it.first_partition, it.first_partition + it.partitions());
}

bool RackMatch::tells_apart(const std::vector<int>& members, int first_partition, int end_partition) const {
  std::set<int> all;
  for (int each = first_partition; each < end_partition; ++each) {
    const auto& racks = racks_of_partition_[static_cast<std::size_t>(each)];
    all.insert(racks.begin(), racks.end());
  }
  bool is_somebody_there = std::ranges::any_of(
      members, [&](int member) { return all.contains(rack_of_member_[static_cast<std::size_t>(member)]); });
  if (!is_somebody_there) return false;
  return !std::all_of(racks_of_partition_.begin() + first_partition, racks_of_partition_.begin() + end_partition,
                      [&](const auto& racks) { return std::ranges::equal(racks, all); });
}

bool RackMatch::is_near(int member, int partition) const {
  const int rack = rack_of_member_[static_cast<std::size_t>(member)];
  return rack >= 0 && std::ranges::binary_search(racks_of_partition_[static_cast<std::size_t>(partition)], rack);
}

bool RackMatch::is_far(int member, int partition) const {
  return rack_of_member_[static_cast<std::size_t>(member)] >= 0 && !is_near(member, partition);
}

std::vector<int> RackMatch::count_near() const {
  std::map<int, int> members_in;
  for (int rack : rack_of_member_) ++members_in[rack];
  std::vector<int> counts;
  for (const auto& racks : racks_of_partition_) {
    int count = 0;
    for (int rack : racks) count += members_in[rack];
    counts.push_back(count);
  }
  return counts;
}

}  // namespace weir::log
