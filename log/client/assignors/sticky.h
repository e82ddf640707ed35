// StickyAssignor: first as even as the subscriptions allow, then with as few partitions changing their member as that
// leaves (KIP-54). Eager: members give everything up before they join, so that what they held stands in the user data.
#pragma once

#include "log/client/assignors/assignor.h"

namespace weir::log {

class StickyAssignor final : public Assignor {
 public:
  static constexpr std::string_view kName = "sticky";

  std::string_view name() const override { return kName; }
  std::optional<OwnedBytes> subscription_user_data(const OwnedPartitions& owned) const override;
  Result<std::vector<wire::ConsumerAssignment>> assign(const std::vector<SubscribedMember>& members,
                                                       const TopicLayouts& topics) const override;
};

}  // namespace weir::log
