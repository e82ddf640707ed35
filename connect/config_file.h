// ConfigFile: what a connector's file says, as text by name, with the line of each: a .properties file as Kafka Connect
// has them (key = value, '#' and '!' comments, '\' continues a line) or, by its ending, YAML: a flat map, or Kafka's
// {name, config: {...}}. One connector a file. What the settings mean is not known here; see settings.h.
#pragma once

#include <map>
#include <string>

#include "log/base/file.h"
#include "log/base/result.h"

namespace weir::connect {

struct ConfigFile {
  struct Value {
    std::string text;  // lists are joined with ','
    int line = 0;      // 0: it did not come from a file
  };

  std::string path;
  std::map<std::string, Value> values;

  // "name" if it is set, else the path.
  std::string connector_name() const;

  // not_found, io_error; invalid_config with the line for what is no setting, or one that is set twice.
  static Result<ConfigFile> load(FileSystem& files, const std::string& path);
};

}  // namespace weir::connect
