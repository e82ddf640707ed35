#include "log/client/assignors/cooperative_sticky.h"

#include <algorithm>

#include "log/client/assignors/ownership.h"
#include "log/client/assignors/sticky_assignment.h"
#include "log/client/assignors/sticky_user_data.h"

namespace weir::log {

namespace {

OwnedPartitions claimed(const wire::ConsumerSubscription& subscription) {
  OwnedPartitions claim{subscription.owned_partitions, subscription.generation};
  if (claim.generation < 0 && subscription.user_data) {
    claim.generation = parse_cooperative_sticky_user_data(*subscription.user_data).value_or(wire::kNoGeneration);
  }
  return claim;
}

// Takes away from each member what another one still holds and has to give up first. Where all subscribe the same also
// what two members of one generation claim: either may be at it, so nobody gets it in this round. Where they do not,
// Kafka's assignor leaves it with the one that keeps it, and so does this one.
void withhold(const GroupLayout& group, const std::vector<OwnedPartitions>& claims,
              GroupLayout::Assignment& assignment) {
  const auto count = static_cast<std::size_t>(group.partition_count());
  std::vector<int> assigned_to(count, -1);
  for (std::size_t member = 0; member < assignment.size(); ++member) {
    for (int partition : assignment[member])
      assigned_to[static_cast<std::size_t>(partition)] = static_cast<int>(member);
  }
  std::vector<bool> stays(count);
  std::vector<bool> leaves(count);
  for (std::size_t member = 0; member < claims.size(); ++member) {
    for (const auto& each : claims[member].partitions) {
      const int partition = group.find(each);
      if (partition < 0) continue;
      const auto at = static_cast<std::size_t>(partition);
      (assigned_to[at] == static_cast<int>(member) ? stays : leaves)[at] = true;
    }
  }
  const Ownership ownership(group, claims);
  const bool withholds_disputed = group.all_subscribe_the_same();
  for (auto& partitions : assignment) {
    std::erase_if(partitions, [&](int partition) {
      const auto at = static_cast<std::size_t>(partition);
      return (withholds_disputed && ownership.is_disputed[at]) || (leaves[at] && !stays[at]);
    });
  }
}

}  // namespace

std::optional<OwnedBytes> CooperativeStickyAssignor::subscription_user_data(const OwnedPartitions& owned) const {
  return cooperative_sticky_user_data(owned.generation);
}

Result<std::vector<wire::ConsumerAssignment>> CooperativeStickyAssignor::assign(
    const std::vector<SubscribedMember>& members, const TopicLayouts& topics) const {
  const GroupLayout group(members, topics, MemberOrder::by_member_id);
  std::vector<OwnedPartitions> claims;
  for (int rank = 0; rank < group.member_count(); ++rank) claims.push_back(claimed(group.member(rank).subscription));
  auto assignment = assign_sticky(group, claims);
  withhold(group, claims, assignment);
  return group.told(std::move(assignment));
}

}  // namespace weir::log
