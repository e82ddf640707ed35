// TableNode: keeps the last value of each key in a store and hands the change on. A null value deletes; records without
// a key are dropped.
#pragma once

#include "streams/topology/keyed_node.h"

namespace weir::streams {

class TableNode final : public KeyedNode {
 public:
  TableNode(std::string store, const TypeOps* key) : KeyedNode(std::move(store), key) {}

  void process(const Record& record) override;
};

}  // namespace weir::streams
