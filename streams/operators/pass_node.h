// PassNode: hands records on as they come: the way into a stage, a branch, a merge.
#pragma once

#include "streams/operators/node.h"

namespace weir::streams {

class PassNode final : public Node {
 public:
  void process(const Record& record) override { forward(record); }
  Node& first_that_acts() override { return only_child() == nullptr ? *this : only_child()->first_that_acts(); }
};

}  // namespace weir::streams
