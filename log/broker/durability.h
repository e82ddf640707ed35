// Makes several partitions durable together: the three callers are produce, the commit of a transaction, and its
// markers.
#pragma once

#include <memory>
#include <vector>

#include "log/broker/partition.h"

namespace weir::log::broker {

WEIR_FLAG(AsOne);  // what belongs together: if records of one of them must be synced first, those of all are

// Returns when everything that was appended to them before is as durable as their topics want, in the cheapest
// way (storage/sync_choice.h); callers that come at the same time share syncs. An answer for each, in their order:
// storage_error stops that partition and no other. `journal` may be null. A partition may stand there twice. Blocks.
std::vector<Result<>> make_durable(const std::vector<std::shared_ptr<Partition>>& partitions, AsOne as_one,
                                   storage::Journal* journal);

}  // namespace weir::log::broker
