// ConnectorConfig: a connector, as data: its settings as text by name. It is what is asked for, what a file says, and
// what each of its tasks is told (ConnectorClass::tasks); what the settings mean is not known here, see settings.h.
//
// Files are .properties as Kafka Connect has them (key = value, '#' and '!' comments, '\' continues a line) or, by
// their ending, YAML or JSON: a flat map, or Kafka's {name, config: {...}}. One connector a file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "log/base/file.h"
#include "log/base/result.h"

namespace weir::connect {

struct ConnectorConfig {
  struct Value {
    std::string text{};  // lists are joined with ','
    int line = 0;        // 0: it did not come from a file
    // What stood there before something secret was put in its place (interpolation.h), which is what messages show;
    // empty: the text itself.
    std::string written{};

    const std::string& shown() const { return written.empty() ? text : written; }
  };

  std::string path{};  // where it came from; empty: not from a file
  std::map<std::string, Value> values{};

  // "name" if it is set, else the path.
  std::string connector_name() const;
  // The text of a setting; empty if it is not set.
  const std::string& text(const std::string& name) const;

  // invalid_config: "orders.properties:4: connector orders: format = 'tsv': must be ...". Nothing of a hidden value is
  // shown.
  enum class Shown { yes, hidden };
  Error wrong(const std::string& name, const std::string& what, Shown shown = Shown::yes) const;

  // not_found, io_error; invalid_config with the line for what is no setting, or one that is set twice.
  static Result<ConnectorConfig> load(FileSystem& files, const std::string& path);
  static ConnectorConfig of(const std::map<std::string, std::string>& settings);
};

// What one task of a connector is to do. Its settings are the connector's, but for those in which its class gives each
// task its own.
struct TaskConfig {
  std::int32_t index = 0;  // from 0 on
  std::int32_t count = 1;  // of the connector's tasks
  ConnectorConfig config{};
};

}  // namespace weir::connect
