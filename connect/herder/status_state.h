// StatusState: what the status topic says: what each connector and task is at, and which topics a connector used. A
// value that is told the topic's records in order, the same as Kafka Connect writes them (JSON without schemas):
//
//   status-connector-NAME          {"state":"RUNNING","trace":null,"worker_id":"host:8083","generation":3}
//   status-task-NAME-I             the same
//   status-topic-TOPIC:connector-NAME  {"topic":{"name":TOPIC,"connector":NAME,"task":I,"discoverTimestamp":MS}}
//
// null: it is forgotten. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "connect/herder/config_state.h"
#include "connect/runtime/run_state.h"
#include "connect/settings/connector_task_id.h"

namespace weir::connect {

struct RunStatus {
  RunState state = RunState::unassigned;
  std::string trace{};
  std::string worker{};
  std::int32_t generation = 0;
  bool operator==(const RunStatus&) const = default;
};

class StatusState {
 public:
  // corrupt_data: its value is not what its key promises; the state stays as it was.
  Result<> apply(std::string_view key, NullableBytes value);

  std::optional<RunStatus> connector(const std::string& name) const;
  std::optional<RunStatus> task(const ConnectorTaskId& id) const;
  const std::map<std::string, RunStatus>& connectors() const { return connectors_; }
  const std::map<ConnectorTaskId, RunStatus>& tasks() const { return tasks_; }
  std::set<std::string> topics_of(const std::string& connector) const;

 private:
  std::map<std::string, RunStatus> connectors_;
  std::map<ConnectorTaskId, RunStatus> tasks_;
  std::map<std::string, std::set<std::string>> topics_;  // by connector
};

// Records to be written; nothing: it is to be forgotten.
ConfigRecord status_record(const std::string& connector, const std::optional<RunStatus>& status);
ConfigRecord status_record(const ConnectorTaskId& task, const std::optional<RunStatus>& status);
ConfigRecord topic_record(const ConnectorTaskId& task, const std::string& topic, std::int64_t now_ms);
ConfigRecord forgotten_topic_record(const std::string& connector, const std::string& topic);

}  // namespace weir::connect
