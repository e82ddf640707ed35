// From a connector's configuration to its tasks: what is wrong with it, what its tasks are told, and what runs them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/contracts/connector_class.h"
#include "connect/runtime/restart_policy.h"
#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"
#include "connect/settings/connector_config.h"
#include "connect/settings/interpolation.h"
#include "log/base/file.h"

namespace weir::connect {

// What connectors are made of, beside their settings.
struct ConnectorWorld {
  ConnectorClasses classes{};
  FileSystem& files = posix_files();
  Clock& clock = SystemClock::instance();
  Environment environment = environment_of_process;  // of ${env:NAME} in settings
};

// Adds what is wrong to `problems` (invalid_config), all of it; false if that is something.
bool check_settings(const ConnectorConfig& config, const ConnectorWorld& world, std::vector<Error>& problems);

// What can be seen to be wrong outside before it starts (Source::check, Sink::check). invalid_config, and what the
// source says.
Result<> check_outside(const ConnectorConfig& config, const ConnectorWorld& world);

// What its tasks are to do: at least one, at most `tasks.max`. invalid_config.
Result<std::vector<TaskConfig>> task_configs(const ConnectorConfig& config, const ConnectorWorld& world);

// invalid_config.
Result<RestartPolicy> restart_policy(const TaskConfig& task, const ConnectorWorld& world);

bool is_source(const ConnectorConfig& config, const ConnectorWorld& world);

// Converters and transforms, as far as they are set. invalid_config.
Result<Pipeline> make_pipeline(const TaskConfig& task, const ConnectorWorld& world);

// Precondition: the class is one of sources, or one of sinks. invalid_config.
Result<std::unique_ptr<Source>> make_source(const TaskConfig& task, const ConnectorWorld& world);
Result<SourceOptions> source_options(const TaskConfig& task, const ConnectorWorld& world);
Result<std::unique_ptr<Sink>> make_sink(const TaskConfig& task, const ConnectorWorld& world);
Result<SinkOptions> sink_options(const TaskConfig& task, const ConnectorWorld& world);

// The connectors that files describe, those that nothing is wrong with. Two of one name are a problem, too: they would
// share their progress.
std::vector<ConnectorConfig> load_connectors(const std::vector<std::string>& paths, const ConnectorWorld& world,
                                             std::vector<Error>& problems);

}  // namespace weir::connect
