// The settings of a distributed worker, under Kafka Connect's names.
#pragma once

#include "connect/herder/distributed_herder.h"
#include "connect/settings/settings.h"

namespace weir::connect {

SettingTable worker_settings();

// Without a url, which follows from where its REST listens unless `rest.advertised.url` says it. invalid_config.
Result<HerderOptions> herder_options(const ConnectorConfig& config);

}  // namespace weir::connect
