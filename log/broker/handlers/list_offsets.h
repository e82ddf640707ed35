// ListOffsets: the first and last offsets of partitions, and offsets by time. OffsetForLeaderEpoch: where epochs end.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/offset_for_leader_epoch.h"

namespace weir::log::broker {

wire::ListOffsetsResponse list_offsets(RequestContext context, wire::ListOffsetsRequest& request);
wire::OffsetForLeaderEpochResponse end_of_epochs(RequestContext context, wire::OffsetForLeaderEpochRequest& request);

}  // namespace weir::log::broker
