#include "log/client/assignors/even_assignment.h"

#include <algorithm>

namespace weir::log {

namespace {

class EvenAssignment {
 public:
  EvenAssignment(const GroupLayout& group, const RackMatch& racks)
      : group_(group),
        racks_(racks),
        fewest_(static_cast<std::size_t>(group.partition_count() / group.member_count())),
        may_exceed_(group.partition_count() % group.member_count()),
        assignment_(static_cast<std::size_t>(group.member_count())),
        is_assigned_(static_cast<std::size_t>(group.partition_count())) {}

  GroupLayout::Assignment run(const Ownership& ownership) {
    for (int member = 0; member < group_.member_count(); ++member) {
      keep(member, ownership.held[static_cast<std::size_t>(member)]);
    }
    if (may_exceed_ == 0) at_fewest_.clear();
    auto free = free_partitions();
    if (racks_.matters()) free = give_near(free);
    give_in_turn(free);
    return std::move(assignment_);
  }

 private:
  // As many of those that it held as it may keep: by number first, so that it keeps some of each topic.
  void keep(int member, std::vector<int> held) {
    if (racks_.matters()) std::erase_if(held, [&](int partition) { return racks_.is_far(member, partition); });
    std::ranges::stable_sort(held, {}, [&](int partition) { return group_.number_of(partition); });
    const bool exceeds = held.size() > fewest_ && may_exceed_ > 0;
    const std::size_t kept = std::min(held.size(), fewest_ + (exceeds ? 1 : 0));
    for (std::size_t i = 0; i < kept; ++i) give(member, held[i]);
    if (kept < fewest_) {
      below_fewest_.push_back(member);
    } else if (exceeds) {
      --may_exceed_;
    } else {
      at_fewest_.push_back(member);
    }
  }

  void give(int member, int partition) {
    assignment_[static_cast<std::size_t>(member)].push_back(partition);
    is_assigned_[static_cast<std::size_t>(partition)] = true;
  }
  std::size_t size_of(int member) const { return assignment_[static_cast<std::size_t>(member)].size(); }

  std::vector<int> free_partitions() const {
    std::vector<int> free;
    for (int partition = 0; partition < group_.partition_count(); ++partition) {
      if (!is_assigned_[static_cast<std::size_t>(partition)]) free.push_back(partition);
    }
    return free;
  }

  // Those that few members are near to first; gives back what found nobody who is near and has room.
  std::vector<int> give_near(std::vector<int> free) {
    const auto near = racks_.count_near();
    std::ranges::stable_sort(free, {}, [&](int partition) { return near[static_cast<std::size_t>(partition)]; });
    std::vector<int> left;
    std::size_t turn = 0;
    for (int partition : free) {
      if (!give_below_near(partition, turn) && !give_at_near(partition)) left.push_back(partition);
    }
    return left;
  }

  bool give_below_near(int partition, std::size_t& turn) {
    for (std::size_t i = 0; i < below_fewest_.size(); ++i) {
      const std::size_t at = (turn + i) % below_fewest_.size();
      const int member = below_fewest_[at];
      if (!racks_.is_near(member, partition)) continue;
      give(member, partition);
      turn = at + 1;
      if (size_of(member) == fewest_) {
        reached_fewest(at);
        turn = at;
      }
      turn = below_fewest_.empty() ? 0 : turn % below_fewest_.size();
      return true;
    }
    return false;
  }

  bool give_at_near(int partition) {
    auto found = std::ranges::find_if(at_fewest_, [&](int member) { return racks_.is_near(member, partition); });
    if (found == at_fewest_.end()) return false;
    give_beyond(static_cast<std::size_t>(found - at_fewest_.begin()), partition);
    return true;
  }

  // Deals to those below the fewest in turn, then one to each of those at it. There are just as many places as
  // partitions.
  void give_in_turn(const std::vector<int>& free) {
    std::size_t turn = 0;
    for (int partition : free) {
      if (below_fewest_.empty()) {
        give_beyond(0, partition);
        continue;
      }
      turn %= below_fewest_.size();
      const int member = below_fewest_[turn];
      give(member, partition);
      if (size_of(member) == fewest_) {
        reached_fewest(turn);
      } else {
        ++turn;
      }
    }
  }

  void reached_fewest(std::size_t at) {
    if (may_exceed_ > 0) at_fewest_.push_back(below_fewest_[at]);
    below_fewest_.erase(below_fewest_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void give_beyond(std::size_t at, int partition) {
    give(at_fewest_[at], partition);
    at_fewest_.erase(at_fewest_.begin() + static_cast<std::ptrdiff_t>(at));
    if (--may_exceed_ == 0) at_fewest_.clear();
  }

  const GroupLayout& group_;
  const RackMatch& racks_;
  const std::size_t fewest_;  // partitions of every member
  int may_exceed_;            // members that are yet to get one more
  GroupLayout::Assignment assignment_;
  std::vector<bool> is_assigned_;
  // Members with too few, and members with the fewest who may get one more; in the order of their turns.
  std::vector<int> below_fewest_;
  std::vector<int> at_fewest_;
};

}  // namespace

GroupLayout::Assignment assign_evenly(const GroupLayout& group, const RackMatch& racks, const Ownership& ownership) {
  if (group.member_count() == 0) return {};
  return EvenAssignment(group, racks).run(ownership);
}

}  // namespace weir::log
