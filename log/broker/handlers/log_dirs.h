// DescribeLogDirs: how much room partitions take on the disk.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/describe_log_dirs.h"

namespace weir::log::broker {

// Of the log's one directory: every partition, or those that are asked for and exist.
wire::DescribeLogDirsResponse describe_log_dirs(RequestContext context, wire::DescribeLogDirsRequest& request);

}  // namespace weir::log::broker
