// operator_changes: what another program does differently at an operator that it has, too. None of it touches data that
// is there already: that is told of stores and topics (topology_diff.h).
#pragma once

#include <string>
#include <vector>

#include "streams/topology/description.h"

namespace weir::streams {

// A text for each change, in the order in which the members stand in the description.
std::vector<std::string> operator_changes(const TopologyDescription::Node& from, const TopologyDescription::Node& to);

// "was a, is b"
std::string was_and_is(const std::string& from, const std::string& to);

}  // namespace weir::streams
