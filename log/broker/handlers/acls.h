// DescribeAcls, CreateAcls, DeleteAcls: the rules that say who may do what (KIP-11, KIP-290).
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/create_acls.h"
#include "log/wire/messages/delete_acls.h"
#include "log/wire/messages/describe_acls.h"

namespace weir::log::broker {

wire::DescribeAclsResponse describe_acls(RequestContext context, wire::DescribeAclsRequest& request);
wire::CreateAclsResponse create_acls(RequestContext context, wire::CreateAclsRequest& request);
wire::DeleteAclsResponse delete_acls(RequestContext context, wire::DeleteAclsRequest& request);

}  // namespace weir::log::broker
