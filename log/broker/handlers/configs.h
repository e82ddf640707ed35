// Configs: DescribeConfigs, AlterConfigs, IncrementalAlterConfigs. Those of topics can be changed; those of the broker
// are told as it was started with them.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/alter_configs.h"
#include "log/wire/messages/describe_configs.h"
#include "log/wire/messages/incremental_alter_configs.h"

namespace weir::log::broker {

wire::DescribeConfigsResponse describe_configs(RequestContext context, wire::DescribeConfigsRequest& request);
// What is not named is unset.
wire::AlterConfigsResponse alter_configs(RequestContext context, wire::AlterConfigsRequest& request);
wire::IncrementalAlterConfigsResponse change_configs(RequestContext context,
                                                     wire::IncrementalAlterConfigsRequest& request);

}  // namespace weir::log::broker
