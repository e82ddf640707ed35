// assign_unevenly: the sticky assignment where members subscribe different topics. Members keep what they held and
// still subscribe; what is free goes to the subscriber that has least; then partitions move from a member to one that
// has at least two fewer, until there is no such move: each makes it more even, so that it ends. Partitions and members
// with a rack meet as far as evenness allows (KIP-881). Pure; a step over all partitions costs partitions * members at
// the worst.
#pragma once

#include "log/client/assignors/ownership.h"
#include "log/client/assignors/rack_match.h"

namespace weir::log {

GroupLayout::Assignment assign_unevenly(const GroupLayout& group, const RackMatch& racks, const Ownership& ownership);

}  // namespace weir::log
