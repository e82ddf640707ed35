// What an administrator asks about transactions: their coordinators, and the partitions that they wrote to. See Admin.
#pragma once

#include <string>
#include <vector>

#include "log/client/admin.h"
#include "log/client/cluster_view.h"

namespace weir::log {

// All brokers are asked: each knows those that it coordinates.
Task<Result<std::vector<TransactionListing>>> list_transactions(Connection& connection);
Task<Result<TransactionDescription>> describe_transaction(Connection& connection, ClusterView& view, std::string id);

Task<Result<std::vector<ActiveProducer>>> active_producers(Connection& connection, ClusterView& view,
                                                           TopicPartition partition);
Task<Result<>> abort_transaction(Connection& connection, ClusterView& view, TopicPartition partition, Offset start);

}  // namespace weir::log
