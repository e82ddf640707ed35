// Pipeline: what a task does with each record between its connector and its topics: converters, transforms, and what
// becomes of those that fail.
#pragma once

#include <memory>

#include "connect/contracts/error_policy.h"
#include "connect/converters/converter.h"
#include "connect/transforms/transform.h"

namespace weir::connect {

struct Pipeline {
  std::unique_ptr<Converter> key{};      // null: of a source `plain`, of a sink what its options say
  std::unique_ptr<Converter> value{};    // the same
  std::unique_ptr<Converter> headers{};  // null: text as it is
  Transforms transforms{};
};

}  // namespace weir::connect
