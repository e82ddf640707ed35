#include "log/client/assignors/sticky.h"

#include "log/client/assignors/sticky_assignment.h"
#include "log/client/assignors/sticky_user_data.h"

namespace weir::log {

namespace {

// User data that cannot be read makes its member one that held nothing: it is no reason to leave the group without an
// assignment.
OwnedPartitions claimed(const wire::ConsumerSubscription& subscription) {
  if (!subscription.user_data) return {};
  return parse_sticky_user_data(*subscription.user_data).value_or(OwnedPartitions{});
}

}  // namespace

std::optional<OwnedBytes> StickyAssignor::subscription_user_data(const OwnedPartitions& owned) const {
  if (owned.partitions.empty() && owned.generation < 0) return std::nullopt;  // was never assigned anything
  return sticky_user_data(owned);
}

Result<std::vector<wire::ConsumerAssignment>> StickyAssignor::assign(const std::vector<SubscribedMember>& members,
                                                                     const TopicLayouts& topics) const {
  const GroupLayout group(members, topics, MemberOrder::by_member_id);
  std::vector<OwnedPartitions> claims;
  for (int rank = 0; rank < group.member_count(); ++rank) claims.push_back(claimed(group.member(rank).subscription));
  return group.told(assign_sticky(group, claims));
}

}  // namespace weir::log
