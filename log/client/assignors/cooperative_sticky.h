// CooperativeStickyAssignor: the sticky assignment in two steps (KIP-429). Members keep what they hold while the group
// rebalances; a partition that is to change its member is withheld from all until the one that holds it has given it up
// and joined again.
#pragma once

#include "log/client/assignors/assignor.h"

namespace weir::log {

class CooperativeStickyAssignor final : public Assignor {
 public:
  static constexpr std::string_view kName = "cooperative-sticky";

  std::string_view name() const override { return kName; }
  std::vector<RebalanceProtocol> protocols() const override {
    return {RebalanceProtocol::eager, RebalanceProtocol::cooperative};
  }
  std::optional<OwnedBytes> subscription_user_data(const OwnedPartitions& owned) const override;
  Result<std::vector<wire::ConsumerAssignment>> assign(const std::vector<SubscribedMember>& members,
                                                       const TopicLayouts& topics) const override;
};

}  // namespace weir::log
