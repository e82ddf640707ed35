// ListOffsets: the first and last offsets of partitions, and offsets by time.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/list_offsets.h"

namespace weir::log::broker {

wire::ListOffsetsResponse list_offsets(RequestContext context, wire::ListOffsetsRequest& request);

}  // namespace weir::log::broker
