#include "log/client/assignors/uneven_assignment.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "log/client/assignors/partition_movements.h"

namespace weir::log {

namespace {

// Who has what, and the members by how much they have.
class Holdings {
 public:
  explicit Holdings(const GroupLayout& group)
      : partitions_(static_cast<std::size_t>(group.member_count())),
        holder_(static_cast<std::size_t>(group.partition_count()), -1) {
    for (int member = 0; member < group.member_count(); ++member) by_size_.emplace(0, member);
  }

  int holder_of(int partition) const { return holder_[static_cast<std::size_t>(partition)]; }
  int size_of(int member) const { return static_cast<int>(partitions_[static_cast<std::size_t>(member)].size()); }
  // Nobody has two more than somebody else.
  bool is_level() const { return by_size_.empty() || by_size_.rbegin()->first - by_size_.begin()->first < 2; }

  // The member with least that `may_have` it; -1 for none.
  template <class MayHave>
  int least(MayHave may_have) const {
    auto found = std::ranges::find_if(by_size_, [&](const auto& each) { return may_have(each.second); });
    return found == by_size_.end() ? -1 : found->second;
  }

  void give(int partition, int member) {
    if (holder_of(partition) >= 0) resize(holder_of(partition), [&](auto& all) { all.erase(partition); });
    resize(member, [&](auto& all) { all.insert(partition); });
    holder_[static_cast<std::size_t>(partition)] = member;
  }

  GroupLayout::Assignment taken() const {
    GroupLayout::Assignment all;
    for (const auto& each : partitions_) all.emplace_back(each.begin(), each.end());
    return all;
  }

 private:
  template <class Change>
  void resize(int member, Change change) {
    by_size_.erase({size_of(member), member});
    change(partitions_[static_cast<std::size_t>(member)]);
    by_size_.emplace(size_of(member), member);
  }

  std::vector<std::set<int>> partitions_;  // by member
  std::vector<int> holder_;                // by partition; -1: free
  std::set<std::pair<int, int>> by_size_;  // size, member
};

enum class Place : std::uint8_t { anywhere, near };

class UnevenAssignment {
 public:
  UnevenAssignment(const GroupLayout& group, const RackMatch& racks, const Ownership& ownership)
      : group_(group), racks_(racks), ownership_(ownership), holdings_(group), movements_(group) {}

  GroupLayout::Assignment run() {
    const bool something_was_lost = keep_what_was_held();
    const std::vector<int> free = free_partitions();
    give_free(free);
    if (!something_was_lost) even_out(free);  // perhaps moving what is new is enough
    even_out(in_order());
    return holdings_.taken();
  }

 private:
  // True if a member lost a partition because of what it subscribes, or where it is.
  bool keep_what_was_held() {
    bool something_was_lost = false;
    for (int member = 0; member < group_.member_count(); ++member) {
      for (int partition : ownership_.held[static_cast<std::size_t>(member)]) {
        const bool is_far = racks_.matters() && racks_.is_far(member, partition);
        if (!group_.subscribes(member, group_.topic_of(partition)) || is_far) {
          something_was_lost = true;
        } else {
          holdings_.give(partition, member);
        }
      }
    }
    return something_was_lost;
  }

  // Topics with few subscribers first: their partitions have least choice.
  std::vector<int> in_order() const {
    std::vector<int> all(static_cast<std::size_t>(group_.partition_count()));
    std::iota(all.begin(), all.end(), 0);
    std::ranges::stable_sort(all, {}, [&](int partition) { return group_.subscribers_of(partition).size(); });
    return all;
  }

  std::vector<int> free_partitions() const {
    std::vector<int> free = in_order();
    std::erase_if(free, [&](int partition) { return holdings_.holder_of(partition) >= 0; });
    return free;
  }

  // What somebody is near to goes to them before the rest goes to whoever has least.
  void give_free(const std::vector<int>& free) {
    if (racks_.matters()) give_each(free, Place::near);
    give_each(free, Place::anywhere);
  }

  void give_each(const std::vector<int>& free, Place place) {
    for (int partition : free) {
      if (holdings_.holder_of(partition) >= 0) continue;
      const int member = least_subscriber(partition, place);
      if (member >= 0) holdings_.give(partition, member);
    }
  }

  int least_subscriber(int partition, Place place) const {
    return holdings_.least([&](int member) {
      return group_.subscribes(member, group_.topic_of(partition)) &&
             (place == Place::anywhere || racks_.is_near(member, partition));
    });
  }

  // Ends: each move takes from a member that has at least two more than the one that gets it.
  void even_out(const std::vector<int>& partitions) {
    for (bool again = true; again;) {
      again = false;
      for (int partition : partitions) {
        if (holdings_.is_level()) return;
        const int to = better_holder(partition);
        if (to < 0) continue;
        move(partition, to);
        again = true;
      }
    }
  }

  // A subscriber that has at least two fewer than the holder: who held it earlier, else one in the holder's place near
  // a replica, else the one with least; -1 for none.
  int better_holder(int partition) const {
    const int holder = holdings_.holder_of(partition);
    auto has_less = [&](int member) {
      return member >= 0 && has_two_fewer(member, holder);
    };
    const int earlier = ownership_.earlier_holder[static_cast<std::size_t>(partition)];
    if (earlier >= 0 && group_.subscribes(earlier, group_.topic_of(partition)) && has_less(earlier)) return earlier;
    if (racks_.matters() && racks_.is_near(holder, partition)) {
      const int near = least_subscriber(partition, Place::near);
      if (has_less(near)) return near;
    }
    const int least = least_subscriber(partition, Place::anywhere);
    return has_less(least) ? least : -1;
  }

  bool has_two_fewer(int member, int than) const { return holdings_.size_of(member) + 1 < holdings_.size_of(than); }

  // The partition, or one that crossed its way before and is better moved back.
  void move(int partition, int to) {
    int moving = movements_.instead_of(partition, holdings_.holder_of(partition), to);
    if (!has_two_fewer(to, holdings_.holder_of(moving))) moving = partition;
    movements_.moved(moving, holdings_.holder_of(moving), to);
    holdings_.give(moving, to);
  }

  const GroupLayout& group_;
  const RackMatch& racks_;
  const Ownership& ownership_;
  Holdings holdings_;
  PartitionMovements movements_;
};

}  // namespace

GroupLayout::Assignment assign_unevenly(const GroupLayout& group, const RackMatch& racks, const Ownership& ownership) {
  return UnevenAssignment(group, racks, ownership).run();
}

}  // namespace weir::log
