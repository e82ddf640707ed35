// A file that Topology::to_json wrote.
#pragma once

#include <string>

#include "log/base/result.h"
#include "streams/topology/description.h"

namespace weir::cli {

// "-" is standard input. invalid_argument with the file and what is wrong with it: a status of 1 means something else.
Result<streams::TopologyDescription> read_topology(const std::string& path);

}  // namespace weir::cli
