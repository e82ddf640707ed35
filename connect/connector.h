// Connector: what a file asks for, ready to run: a source or a sink with the options of its runner.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "connect/config_file.h"
#include "connect/sink_runner.h"
#include "connect/source_runner.h"
#include "log/base/file.h"

namespace weir::connect {

struct SourceConnector {
  std::unique_ptr<Source> source;
  SourceOptions options;
};
struct SinkConnector {
  std::unique_ptr<Sink> sink;
  SinkOptions options;
};
using Connector = std::variant<SourceConnector, SinkConnector>;

const std::string& name_of(const Connector& connector);

// The connector that a file asks for, or nothing; whatever is wrong is added to `problems`, all of it.
std::optional<Connector> make_connector(const ConfigFile& config, std::vector<Error>& problems,
                                        FileSystem& files = posix_files());

// What can be seen to be wrong outside before it starts (Source::check).
Result<> check(Connector& connector);

// Those of several files. Two of one name are a problem, too: they would share their progress.
std::vector<Connector> load_connectors(const std::vector<std::string>& paths, std::vector<Error>& problems,
                                       FileSystem& files = posix_files());

}  // namespace weir::connect
