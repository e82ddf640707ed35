#include "log/client/assignors/sticky_assignment.h"

#include "log/client/assignors/even_assignment.h"
#include "log/client/assignors/uneven_assignment.h"

namespace weir::log {

GroupLayout::Assignment assign_sticky(const GroupLayout& group, const std::vector<OwnedPartitions>& claims) {
  const RackMatch racks(group);
  const Ownership ownership(group, claims);
  return group.all_subscribe_the_same() ? assign_evenly(group, racks, ownership)
                                        : assign_unevenly(group, racks, ownership);
}

}  // namespace weir::log
