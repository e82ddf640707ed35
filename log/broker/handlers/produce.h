// Produce: appends batches to partitions.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/produce.h"

namespace weir::log::broker {

// Each partition has its own outcome; where it is not known behind the append (a sync must come first, other replicas
// must have it) the answer waits; for other replicas for timeout_ms at most: request_timed_out. With acks=0 nothing is
// waited for. Costs a fraction of a microsecond above the append; nothing is done per record.
Later produce(RequestContext context, wire::ProduceRequest& request, wire::ProduceResponse& response);

}  // namespace weir::log::broker
