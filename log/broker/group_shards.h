// GroupShards: what is known of all groups, partition by partition of __consumer_offsets, and how it is read from
// there.
#pragma once

#include "log/base/clock.h"
#include "log/broker/coordinator_shards.h"
#include "log/broker/groups.h"

namespace weir::log::broker {

using GroupShards = CoordinatorShards<Groups>;

inline Groups::Now group_time(const Clock& clock) {
  return {clock.monotonic_ms(), clock.wall_ms()};
}

// Applies batches as of now: the sessions of members that are read begin when they are.
GroupShards::Apply apply_group_batches(const Clock& clock);

}  // namespace weir::log::broker
