// Herder: what is asked of a group of workers, whichever of them is asked: Kafka Connect's REST as calls. The routes of
// connect/rest are a table over it.
//
// Error codes are what a caller reacts to: not_found; already_exists; invalid_config, invalid_argument: what was asked
// is wrong; wrong_state: it cannot be done in the state that the connector is in; not_controller: another worker must
// do it, and the detail is the url of its REST; timed_out: the workers were busy with each other for too long.
//
// Thread-safe; a call may wait.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connect/herder/config_state.h"
#include "connect/herder/status_state.h"
#include "connect/runtime/connector.h"
#include "log/base/logging.h"
#include "log/base/metrics.h"

namespace weir::connect {

struct ConnectorInfo {
  std::string name;
  ConfigMap config;
  std::vector<ConnectorTaskId> tasks;
  std::string type;  // "source", "sink", "unknown"
};

struct ConnectorStatus {
  std::string name;
  RunStatus connector;
  std::map<std::int32_t, RunStatus> tasks;
  std::string type;
};

// A place that a connector has come to: of sources the source's own, of sinks {"kafka_topic":...,
// "kafka_partition":...} and {"kafka_offset":...}. Both are JSON.
struct ConnectorOffset {
  std::string partition;
  std::optional<std::string> offset;  // nothing: to be forgotten
  bool operator==(const ConnectorOffset&) const = default;
};

struct Health {
  bool is_ready = false;  // it has joined the group and read the config topic
  std::string message = "Worker is still starting up.";
};

enum class Replaces { no, yes };

class Herder {
 public:
  virtual ~Herder() = default;

  virtual std::vector<std::string> connectors() = 0;
  virtual Result<ConnectorInfo> info(const std::string& connector) = 0;
  virtual Result<ConnectorStatus> status(const std::string& connector) = 0;
  virtual Result<std::vector<ConfigMap>> task_settings(const std::string& connector) = 0;

  // invalid_config with all that is wrong; already_exists, if it must not replace. Says whether it is new.
  virtual Result<std::pair<ConnectorInfo, bool>> put(const std::string& connector, const ConfigMap& config,
                                                     Replaces replaces, std::optional<TargetState> initial) = 0;
  // Settings that have no value are taken out.
  virtual Result<ConnectorInfo> patch(const std::string& connector,
                                      const std::map<std::string, std::optional<std::string>>& changes) = 0;
  virtual Result<> remove(const std::string& connector) = 0;
  virtual Result<> set_target(const std::string& connector, TargetState target) = 0;
  // What it will be at: restarting, whatever is to be.
  virtual Result<ConnectorStatus> restart(const RestartRequest& request) = 0;
  virtual Result<> restart_task(const ConnectorTaskId& task) = 0;

  virtual Result<std::vector<ConnectorOffset>> offsets(const std::string& connector) = 0;
  // wrong_state unless it is stopped; nullopt: all are to be forgotten.
  virtual Result<> alter_offsets(const std::string& connector,
                                 const std::optional<std::vector<ConnectorOffset>>& offsets) = 0;

  // permission_denied: the worker's settings do not allow it.
  virtual Result<std::set<std::string>> topics(const std::string& connector) = 0;
  virtual Result<> reset_topics(const std::string& connector) = 0;

  // Of every worker.
  virtual Result<> set_logger(const LoggerLevel& level) = 0;
  virtual Health health() = 0;
  // Of the tasks that are at this worker.
  virtual std::vector<Metric> metrics() const = 0;
  virtual const ConnectorWorld& world() const = 0;
};

// A connector's settings with those that are secret hidden, and back: what is hidden in `config` is what it is in
// `before`.
inline constexpr std::string_view kHidden = "[hidden]";
ConfigMap hide_secrets(ConfigMap config, const ConnectorWorld& world);
ConfigMap with_hidden_of(ConfigMap config, const ConfigMap& before, const ConnectorWorld& world);

// "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF", as far as there are such levels here; nullopt: it is none.
std::optional<LogLevel> log_level_of(std::string_view level);

std::string type_of(const ConfigMap& config, const ConnectorWorld& world);

}  // namespace weir::connect
