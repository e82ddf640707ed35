// Topics as an administrator sees them: CreateTopics, DeleteTopics, DescribeConfigs.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_configs.h"

namespace weir::log::broker {

wire::CreateTopicsResponse create_topics(RequestContext context, wire::CreateTopicsRequest& request);
// What groups committed for a topic goes with it.
wire::DeleteTopicsResponse delete_topics(RequestContext context, wire::DeleteTopicsRequest& request);
// The configs that were set; of a broker none can be.
wire::DescribeConfigsResponse describe_configs(RequestContext context, wire::DescribeConfigsRequest& request);

}  // namespace weir::log::broker
