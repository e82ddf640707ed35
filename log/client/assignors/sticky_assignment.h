// assign_sticky: what both sticky assignors share: from what members held to what they should hold. Pure.
#pragma once

#include "log/client/assignors/group_layout.h"

namespace weir::log {

// `claims`: by member, by its rank in `group`, which must be ordered by member id.
GroupLayout::Assignment assign_sticky(const GroupLayout& group, const std::vector<OwnedPartitions>& claims);

}  // namespace weir::log
