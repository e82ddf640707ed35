// The patterns of vectors as the public language says them, found by an operator.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/vectors/json_access.h"

namespace weir::vectors {

// What was found: ids of events.
struct PatternFindings {
  using Ids = std::vector<std::int64_t>;

  std::vector<Ids> matches;
  std::vector<std::map<std::string, Ids>> by_step;
  std::set<std::pair<Ids, std::int64_t>> timeouts;
  std::size_t open = 0;
  std::string error;  // "pattern": it was refused; "skip": the run ended at a match
};

PatternFindings found_by_language(const Object& line);

}  // namespace weir::vectors
