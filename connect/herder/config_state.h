// ConfigState: what the config topic says: the connectors, what is wanted of them, and their tasks. A value that is
// told the topic's records in order, the same as Kafka Connect writes them (JSON without schemas; keys are text):
//
//   connector-NAME         {"properties":{...}}; null: it is deleted
//   target-state-NAME      {"state":"STARTED"|"PAUSED","state.v2":"STARTED"|"PAUSED"|"STOPPED"}
//   task-NAME-I            {"properties":{...}}; counts when the commit is read
//   commit-NAME            {"tasks":N}: the tasks 0 to N-1 are those that were written before it
//   tasks-fencing-NAME     {"task-count":N}: what ran before is fenced, the tasks may start
//   restart-connector-NAME {"include-tasks":bool,"only-failed":bool}: an event
//   logger-cluster-LOGGER  {"level":"INFO"}: an event
//
// What it does not know it leaves aside. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/herder/share.h"
#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

using ConfigMap = std::map<std::string, std::string>;

enum class TargetState { started, paused, stopped };

struct ConnectorEntry {
  ConfigMap config{};
  TargetState target = TargetState::started;
  std::vector<ConfigMap> tasks{};
  bool has_tasks = false;       // a commit was read since the connector was written last
  bool awaits_fencing = false;  // a commit was read since the last tasks-fencing record
  std::int64_t config_offset = -1;
  std::int64_t tasks_offset = -1;  // of the last commit: another one, another generation of tasks
};

// What a record asks for beside changing the state.
struct RestartRequest {
  std::string connector;
  bool include_tasks = false;
  bool only_failed = false;
  bool operator==(const RestartRequest&) const = default;
};
struct LoggerLevel {
  std::string logger;
  std::string level;
  bool operator==(const LoggerLevel&) const = default;
};
struct ConfigEvents {
  std::optional<RestartRequest> restart{};
  std::optional<LoggerLevel> logger{};
};

class ConfigState {
 public:
  // In the order of the topic. corrupt_data: its value is not what its key promises; the state stays as it was.
  Result<ConfigEvents> apply(std::string_view key, NullableBytes value, std::int64_t offset);

  // Behind the last record that was applied; 0: none was.
  std::int64_t end() const { return end_; }
  const std::map<std::string, ConnectorEntry>& connectors() const { return connectors_; }
  const ConnectorEntry* find(const std::string& connector) const;

  // All connectors, and all tasks of those that are not stopped: what is to be shared out.
  Share to_run() const;

 private:
  void commit(const std::string& connector, std::int32_t count, std::int64_t offset);

  std::int64_t end_ = 0;
  std::map<std::string, ConnectorEntry> connectors_;
  std::map<std::string, TargetState> targets_;  // also of connectors that are not there yet
  std::map<std::string, std::map<std::int32_t, ConfigMap>>
      written_tasks_;  // by connector, since its last commit and before
};

// A record to be written.
struct ConfigRecord {
  std::string key;
  std::optional<std::string> value;
  bool operator==(const ConfigRecord&) const = default;
};

ConfigRecord connector_record(const std::string& connector, const ConfigMap& config);
// That it is gone, and what was wanted of it.
std::vector<ConfigRecord> deletion_records(const std::string& connector);
ConfigRecord target_record(const std::string& connector, TargetState target);
// All of the tasks, and the commit.
std::vector<ConfigRecord> task_records(const std::string& connector, const std::vector<ConfigMap>& tasks);
ConfigRecord fencing_record(const std::string& connector, std::int32_t tasks);
ConfigRecord restart_record(const RestartRequest& request);
ConfigRecord logger_record(const LoggerLevel& level);

}  // namespace weir::connect
