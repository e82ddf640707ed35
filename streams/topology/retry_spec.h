// RetrySpec: where an operator's records go that are to come back later.
#pragma once

#include <string>
#include <vector>

#include "streams/state/type_ops.h"

namespace weir::streams {

struct RetrySpec {
  std::vector<std::string> topics = {};  // one for each attempt
  const TypeOps* key = nullptr;          // null: keys are not looked at
  const TypeOps* value = nullptr;
};

}  // namespace weir::streams
