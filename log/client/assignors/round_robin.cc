#include "log/client/assignors/round_robin.h"

#include "log/client/assignors/group_layout.h"

namespace weir::log {

Result<std::vector<wire::ConsumerAssignment>> RoundRobinAssignor::assign(const std::vector<SubscribedMember>& members,
                                                                         const TopicLayouts& topics) const {
  const GroupLayout group(members, topics, MemberOrder::static_members_first);
  GroupLayout::Assignment assignment(members.size());
  int turn = 0;
  for (int partition = 0; partition < group.partition_count(); ++partition) {
    // Ends: a topic of the layout has a subscriber.
    while (!group.subscribes(turn, group.topic_of(partition))) turn = (turn + 1) % group.member_count();
    assignment[static_cast<std::size_t>(turn)].push_back(partition);
    turn = (turn + 1) % group.member_count();
  }
  return group.told(std::move(assignment));
}

}  // namespace weir::log
