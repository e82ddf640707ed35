// Producers and transactions as an administrator sees them: DescribeProducers, DescribeTransactions, ListTransactions.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/describe_producers.h"
#include "log/wire/messages/describe_transactions.h"
#include "log/wire/messages/list_transactions.h"

namespace weir::log::broker {

// The producers that a partition knows.
wire::DescribeProducersResponse describe_producers(RequestContext context, wire::DescribeProducersRequest& request);
wire::DescribeTransactionsResponse describe_transactions(RequestContext context,
                                                         wire::DescribeTransactionsRequest& request);
wire::ListTransactionsResponse list_transactions(RequestContext context, wire::ListTransactionsRequest& request);

}  // namespace weir::log::broker
