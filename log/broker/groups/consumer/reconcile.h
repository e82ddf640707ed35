// reconcile: takes a member one step from what it has to what is to be its own (KIP-848). What it is to give up goes
// first: only when it says that it does not own that any more does it come into the next epoch, and into what is new;
// and what is still another's is left for later.
#pragma once

#include <functional>
#include <optional>

#include "log/broker/groups/consumer/member.h"

namespace weir::log::broker {

struct ReconcileGoal {
  std::int32_t epoch;               // of the target
  const PartitionsByTopic& target;  // of this member, topics that it reads only
  // Is it nobody's, or this member's own?
  std::function<bool(const TopicId&, PartitionIndex)> is_free;
  // What the member says that it owns; null: nothing new.
  const PartitionsByTopic* owned;
  bool reads_otherwise;  // what it reads has changed in this request
};

// True if something of the member has changed: epochs, state, what is assigned or is to be revoked.
bool reconcile(ConsumerMember& member, const ReconcileGoal& goal);

}  // namespace weir::log::broker
