// DescribeClientQuotas, AlterClientQuotas: how much clients may send and fetch in a second (KIP-546).
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/alter_client_quotas.h"
#include "log/wire/messages/describe_client_quotas.h"

namespace weir::log::broker {

wire::DescribeClientQuotasResponse describe_quotas(RequestContext context, wire::DescribeClientQuotasRequest& request);
wire::AlterClientQuotasResponse alter_quotas(RequestContext context, wire::AlterClientQuotasRequest& request);

}  // namespace weir::log::broker
