// Topics as an administrator sees them: CreateTopics, DeleteTopics, CreatePartitions.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/create_partitions.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_topics.h"

namespace weir::log::broker {

wire::CreateTopicsResponse create_topics(RequestContext context, wire::CreateTopicsRequest& request);
// What groups committed for a topic goes with it.
Task<wire::DeleteTopicsResponse> delete_topics(RequestContext context, wire::DeleteTopicsRequest request);
wire::CreatePartitionsResponse create_partitions(RequestContext context, wire::CreatePartitionsRequest& request);

}  // namespace weir::log::broker
