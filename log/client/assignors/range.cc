#include "log/client/assignors/range.h"

#include <algorithm>

#include "log/client/assignors/rack_match.h"

namespace weir::log {

namespace {

// One topic being given out: who may still have how many.
class Share {
 public:
  Share(const GroupLayout& group, int topic)
      : topic_(group.topics()[static_cast<std::size_t>(topic)]),
        index_(topic),
        each_(topic_.partitions() / static_cast<int>(topic_.members.size())),
        with_one_more_(topic_.partitions() % static_cast<int>(topic_.members.size())),
        counts_(static_cast<std::size_t>(group.member_count())) {
    for (int i = 0; i < topic_.partitions(); ++i) left_.push_back(topic_.first_partition + i);
  }

  int topic() const { return index_; }
  const std::vector<int>& members() const { return topic_.members; }
  int partitions() const { return topic_.partitions(); }
  int partition(int number) const { return topic_.first_partition + number; }

  bool has_room(int member) const { return room_of(member) > 0; }

  // Gives each member, in order, as many as it may have of those that are left and that `may_have(member, partition)`.
  template <class MayHave>
  void give_ranges(MayHave may_have, GroupLayout::Assignment& assignment) {
    for (int member : topic_.members) {
      const int room = room_of(member);
      if (room == 0) continue;
      auto& into = assignment[static_cast<std::size_t>(member)];
      std::vector<int> still_left;
      int given = 0;
      for (int partition : left_) {
        const bool is_given = given < room && may_have(member, partition);
        (is_given ? into : still_left).push_back(partition);
        if (is_given) ++given;
      }
      left_ = std::move(still_left);
      count(member, given);
    }
  }

  // Precondition: the partition is left and the member has room.
  void give(int member, int partition, GroupLayout::Assignment& assignment) {
    left_.erase(std::ranges::lower_bound(left_, partition));
    count(member, 1);
    assignment[static_cast<std::size_t>(member)].push_back(partition);
  }

 private:
  int room_of(int member) const {
    return std::max(0, each_ + (with_one_more_ > 0 ? 1 : 0) - counts_[static_cast<std::size_t>(member)]);
  }
  void count(int member, int more) {
    int& now = counts_[static_cast<std::size_t>(member)];
    now += more;
    if (more > 0 && now > each_) --with_one_more_;
  }

  const GroupLayout::Topic& topic_;
  int index_;
  int each_;
  int with_one_more_;  // members that may yet have one more than each_
  std::vector<int> counts_;
  std::vector<int> left_;  // ascending
};

// Topics with the same members and partition count: a partition's number goes to the first member that is far from it
// in none of them.
void give_together(const std::vector<Share*>& shares, const RackMatch& racks, GroupLayout::Assignment& assignment) {
  std::vector<int> open = shares.front()->members();
  for (int number = 0; number < shares.front()->partitions() && !open.empty(); ++number) {
    auto member = std::ranges::find_if(open, [&](int each) {
      return std::ranges::all_of(shares, [&](const Share* share) {
        return !racks.is_far(each, share->partition(number)) && share->has_room(each);
      });
    });
    if (member == open.end()) continue;
    for (Share* share : shares) share->give(*member, share->partition(number), assignment);
    if (!shares.front()->has_room(*member)) open.erase(member);
  }
}

void give_near(std::vector<Share>& all, const RackMatch& racks, GroupLayout::Assignment& assignment) {
  std::map<std::pair<std::vector<int>, int>, std::vector<Share*>> alike;
  for (auto& share : all) alike[{share.members(), share.partitions()}].push_back(&share);
  for (auto& [_, shares] : alike) {
    if (shares.size() > 1) {
      give_together(shares, racks, assignment);
    } else if (racks.matters_for(shares.front()->topic())) {
      shares.front()->give_ranges([&](int member, int partition) { return !racks.is_far(member, partition); },
                                  assignment);
    }
  }
}

}  // namespace

Result<std::vector<wire::ConsumerAssignment>> RangeAssignor::assign(const std::vector<SubscribedMember>& members,
                                                                    const TopicLayouts& topics) const {
  const GroupLayout group(members, topics, MemberOrder::static_members_first);
  const RackMatch racks(group);
  GroupLayout::Assignment assignment(members.size());
  std::vector<Share> shares;
  bool is_rack_aware = false;
  for (int topic = 0; topic < static_cast<int>(group.topics().size()); ++topic) {
    shares.emplace_back(group, topic);
    is_rack_aware = is_rack_aware || racks.matters_for(topic);
  }
  if (is_rack_aware) give_near(shares, racks, assignment);
  for (auto& share : shares) share.give_ranges([](int, int) { return true; }, assignment);
  return group.told(std::move(assignment));
}

}  // namespace weir::log
