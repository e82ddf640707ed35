// Deleting the beginnings of partitions, at whoever leads them.
#pragma once

#include <map>

#include "log/client/cluster_view.h"

namespace weir::log {

// Moves each partition's start to the offset, or to its high watermark where that is -1; gives where they start then.
// offset_out_of_range, unknown_topic_or_partition: with the partition; others may have been done.
Task<Result<std::map<TopicPartition, Offset>>> delete_records(Connection& connection, ClusterView& view,
                                                              std::map<TopicPartition, Offset> before);

}  // namespace weir::log
