// assign_evenly: the sticky assignment where all members subscribe the same topics. Then "as even as can be" is a
// number: every member gets partitions/members of them, and the rest of the division gets one more each. Members keep
// what they held, up to that number; what is free goes to those who have too few, in turn, first within their rack
// (KIP-881). Pure, O(partitions * log + members^2) at the worst.
#pragma once

#include "log/client/assignors/ownership.h"
#include "log/client/assignors/rack_match.h"

namespace weir::log {

GroupLayout::Assignment assign_evenly(const GroupLayout& group, const RackMatch& racks, const Ownership& ownership);

}  // namespace weir::log
