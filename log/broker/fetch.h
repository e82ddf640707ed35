// fetch: records of several partitions, at once or when enough has come.
#pragma once

#include <optional>
#include <vector>

#include "log/base/clock.h"
#include "log/base/timers.h"
#include "log/broker/partitions/topics.h"

namespace weir::log::broker {

struct FetchPart {
  Result<std::shared_ptr<Partition>> partition;  // or why there is none
  Offset offset;
  std::size_t max_bytes = 0;
  std::optional<NodeId> follower{};  // who reads is this replica, and has everything below the offset
};

struct FetchSpec {
  Millis max_wait{0};
  std::size_t min_bytes = 1;
  std::size_t max_bytes = 0;
  storage::ReadUpTo up_to = storage::ReadUpTo::high_watermark;
  std::vector<FetchPart> parts;
};

struct FetchedPart {
  Result<> outcome;
  Records records;
  Partition::Positions positions{};  // -1 where the partition is not known
  std::vector<storage::AbortedTransaction> aborted;
};

// One answer a part, in order. The first part with data gives at least one batch, however large; all others keep to the
// limits. Answers early on any error.
Task<std::vector<FetchedPart>> fetch(FetchSpec spec, Timers& timers, Clock& clock, Executor& executor);

}  // namespace weir::log::broker
