#include "cli/topology_file.h"

#include <fstream>
#include <iostream>
#include <iterator>

namespace weir::cli {

namespace {

std::string read(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

Result<streams::TopologyDescription> read_topology(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path);
  const std::string text = read(path == "-" ? std::cin : file);
  if (path != "-" && (!file.is_open() || file.bad())) {
    return fail(ErrorCode::invalid_argument, path + " cannot be read");
  }
  auto topology = streams::TopologyDescription::from_json(text);
  if (!topology) return fail(ErrorCode::invalid_argument, path + ": " + topology.error().detail);
  return topology;
}

}  // namespace weir::cli
