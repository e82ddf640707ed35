// RangeAssignor: of each topic a member gets a run of neighbouring partitions, so that partitions of the same number of
// several topics stay together (joins want that). Members first in order get one more where it does not come out even.
//
// Where members and replicas have racks that tell partitions apart, a member first gets, up to the same number, what
// has a replica in its rack; topics with the same members and partition count are then given out together (KIP-881).
#pragma once

#include "log/client/assignors/assignor.h"

namespace weir::log {

class RangeAssignor final : public Assignor {
 public:
  static constexpr std::string_view kName = "range";

  std::string_view name() const override { return kName; }
  Result<std::vector<wire::ConsumerAssignment>> assign(const std::vector<SubscribedMember>& members,
                                                       const TopicLayouts& topics) const override;
};

}  // namespace weir::log
