// JoinEntryNode: the way of one side's records into the node that joins both: it says which side they come from.
#pragma once

#include "streams/operators/node.h"
#include "streams/topology/join_side.h"

namespace weir::streams {

// What a record between the two has for a value.
struct SidedValue {
  JoinSide side;
  const void* value;
};

class JoinEntryNode final : public Node {
 public:
  explicit JoinEntryNode(JoinSide side) : side_(side) {}

  void process(const Record& record) override {
    const SidedValue sided{side_, record.value};
    forward(record.with_value(&sided));
  }

 private:
  const JoinSide side_;
};

}  // namespace weir::streams
