#include "log/client/membership/division.h"

#include <set>

namespace weir::log {

Result<std::vector<SubscribedMember>> subscribed_members(const wire::JoinGroupResponse& joined) {
  std::vector<SubscribedMember> members;
  for (const auto& member : joined.members) {
    auto subscription = wire::parse_subscription(member.metadata);
    if (!subscription) return fail(subscription.error().at("what member " + member.member_id + " reads"));
    members.push_back({member.member_id, member.group_instance_id, *std::move(subscription)});
  }
  return members;
}

std::vector<std::string> topics_of(const std::vector<SubscribedMember>& members) {
  std::set<std::string> topics;
  for (const auto& member : members)
    topics.insert(member.subscription.topics.begin(), member.subscription.topics.end());
  return {topics.begin(), topics.end()};
}

PartitionCounts count_partitions(const ClusterView& view, const std::vector<std::string>& topics) {
  PartitionCounts counts;
  for (const auto& topic : topics) {
    const auto* known = view.find(topic);
    counts[topic] = known == nullptr ? 0 : static_cast<std::int32_t>(known->partitions.size());
  }
  return counts;
}

Result<std::vector<wire::SyncGroupRequest::SyncGroupRequestAssignment>> divide(
    const Assignor& assignor, const std::vector<SubscribedMember>& members, const PartitionCounts& topics) {
  TopicLayouts layouts;
  for (const auto& [topic, partitions] : topics) layouts[topic].partitions = partitions;
  WEIR_TRY_VAR(assignments, assignor.assign(members, layouts));
  std::vector<wire::SyncGroupRequest::SyncGroupRequestAssignment> told;
  for (std::size_t i = 0; i < members.size(); ++i) {
    WEIR_TRY_VAR(bytes, wire::assignment_bytes(assignments[i]));
    told.push_back({members[i].id, std::move(bytes)});
  }
  return told;
}

}  // namespace weir::log
