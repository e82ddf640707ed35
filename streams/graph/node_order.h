// The order of a topology's nodes: parents, and tables that are looked up, before what stands below them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "streams/topology/topology.h"

namespace weir::streams {

// Leaves out the nodes that were `dropped`, which nothing stands below any more, and brings the others into order:
// that in which they stand, wherever that is possible. Whatever names a node by its index is told.
void put_in_order(std::vector<NodeSpec>& nodes, std::map<std::string, StoreSpec>& stores,
                  const std::set<NodeIndex>& dropped);

}  // namespace weir::streams
