// DeleteRecords: moves the beginning of partitions forward (KIP-107). policy_violation: the topic is compacted and
// never deletes, as with Apache Kafka: of such a topic's keys the last record stays.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/delete_records.h"

namespace weir::log::broker {

wire::DeleteRecordsResponse delete_records(RequestContext context, wire::DeleteRecordsRequest& request);

}  // namespace weir::log::broker
