// Groups as an administrator sees them: DescribeGroups, ConsumerGroupDescribe, ListGroups, DeleteGroups, OffsetDelete.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/consumer_group_describe.h"
#include "log/wire/messages/delete_groups.h"
#include "log/wire/messages/describe_groups.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/offset_delete.h"

namespace weir::log::broker {

wire::DescribeGroupsResponse describe_groups(RequestContext context, wire::DescribeGroupsRequest& request);
// Those of the new protocol.
wire::ConsumerGroupDescribeResponse describe_consumer_groups(RequestContext context,
                                                             wire::ConsumerGroupDescribeRequest& request);
wire::ListGroupsResponse list_groups(RequestContext context, wire::ListGroupsRequest& request);
Task<wire::DeleteGroupsResponse> delete_groups(RequestContext context, wire::DeleteGroupsRequest request);
Task<wire::OffsetDeleteResponse> delete_offsets(RequestContext context, wire::OffsetDeleteRequest request);

}  // namespace weir::log::broker
