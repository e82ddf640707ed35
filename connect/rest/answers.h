// The JSON bodies of answers, as Kafka Connect writes them.
#pragma once

#include <string>

#include "connect/herder/herder.h"
#include "connect/rest/rest_message.h"

namespace weir::connect {

RestAnswer error_answer(int status, std::string_view message);

// {"name":...,"config":{...},"tasks":[{"connector":...,"task":0}],"type":"source"}
std::string info_json(const ConnectorInfo& info, const ConnectorWorld& world);
// {"name":...,"connector":{"state":...,"worker_id":...},"tasks":[{"id":0,"state":...,"worker_id":...}],"type":...}
std::string status_json(const ConnectorStatus& status);
std::string task_status_json(std::int32_t task, const RunStatus& status);
std::string config_json(const ConfigMap& config, const ConnectorWorld& world);
std::string offsets_json(const std::vector<ConnectorOffset>& offsets);

// [{"class":...,"type":"source","version":...}]
std::string plugins_json(const ConnectorWorld& world, const std::string& version);
// Each of a class's settings; precondition: the class is known.
std::string plugin_settings_json(const ConnectorClass& kind);
// {"name":...,"error_count":N,"groups":[...],"configs":[{"definition":{...},"value":{...}}]}
std::string validation_json(const ConnectorClass& kind, const ConfigMap& config, const ConnectorWorld& world);

}  // namespace weir::connect
