// DeleteRecords: moves the beginning of partitions forward (KIP-107).
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/delete_records.h"

namespace weir::log::broker {

wire::DeleteRecordsResponse delete_records(RequestContext context, wire::DeleteRecordsRequest& request);

}  // namespace weir::log::broker
