// Ownership: who held which partitions before this rebalance, as far as it can be believed.
//
// Of several members that claim a partition the one of the latest generation holds it. Two claims of the same, latest
// generation make it disputed: then nobody holds it. Immutable.
#pragma once

#include "log/client/assignors/group_layout.h"

namespace weir::log {

struct Ownership {
  std::vector<std::vector<int>> held;  // partitions by member
  std::vector<bool> is_disputed;       // by partition
  // By partition: the last member that claims it from a generation before the latest of all claims; -1 for none.
  std::vector<int> earlier_holder;

  // `claims`: by member, by its rank.
  Ownership(const GroupLayout& group, const std::vector<OwnedPartitions>& claims);
};

}  // namespace weir::log
