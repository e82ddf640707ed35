// What there is: Metadata, DescribeCluster, FindCoordinator, ApiVersions. One node leads and coordinates everything.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/describe_cluster.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/metadata.h"

namespace weir::log::broker {

// Clients from elsewhere make topics by asking for them, if the broker's options say so and the request does; those of
// this process never do.
Later metadata(RequestContext context, wire::MetadataRequest& request, wire::MetadataResponse& response);
wire::DescribeClusterResponse describe_cluster(RequestContext context, wire::DescribeClusterRequest& request);
wire::FindCoordinatorResponse find_coordinator(RequestContext context, wire::FindCoordinatorRequest& request);
wire::ApiVersionsResponse api_versions(RequestContext context, wire::ApiVersionsRequest& request);

}  // namespace weir::log::broker
