// The settings that connectors have whatever they connect to.
#pragma once

#include <vector>

#include "connect/contracts/connector_class.h"
#include "connect/runtime/restart_policy.h"
#include "connect/settings/settings.h"

namespace weir::connect {

SettingTable converter_settings();
SettingTable error_settings();
SettingTable restart_settings();
RestartPolicy restart_policy(const Settings& settings);

// All tables of a class: its own, and those of every source or sink.
std::vector<SettingTable> tables_of(const ConnectorClass& kind);

}  // namespace weir::connect
