// RoundRobinAssignor: all partitions of all topics, in order, dealt to the members in turn; a member that does not
// subscribe a topic is passed over. Static members, by instance id, stand before the others, by member id.
#pragma once

#include "log/client/assignors/assignor.h"

namespace weir::log {

class RoundRobinAssignor final : public Assignor {
 public:
  static constexpr std::string_view kName = "roundrobin";

  std::string_view name() const override { return kName; }
  Result<std::vector<wire::ConsumerAssignment>> assign(const std::vector<SubscribedMember>& members,
                                                       const TopicLayouts& topics) const override;
};

}  // namespace weir::log
