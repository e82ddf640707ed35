// TableSpec: what the topology decides for a node that gives a table.
#pragma once

#include <string>

namespace weir::streams {

struct TableSpec {
  std::string store = {};            // keeps its rows; empty: they are computed when they are asked for
  bool sends_old_values = false;     // some node below wants them
  bool is_below_versions = false;    // the table above is versioned
  bool shows_initial_value = false;  // as the old value of an aggregate's first update (Compat::kafka)
};

}  // namespace weir::streams
