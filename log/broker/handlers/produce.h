// Produce: appends batches to partitions.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/produce.h"

namespace weir::log::broker {

// Each partition has its own outcome. Costs a fraction of a microsecond above the append; nothing is done per record.
wire::ProduceResponse produce(RequestContext context, wire::ProduceRequest& request);

}  // namespace weir::log::broker
