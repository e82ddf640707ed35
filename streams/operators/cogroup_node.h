// CogroupNode: the table that several nodes aggregate in one store: their changes come together here, rows are found as
// the first of them finds them.
#pragma once

#include "streams/operators/node.h"

namespace weir::streams {

class CogroupNode final : public Node, public TableView {
 public:
  void process(const Record& record) override { forward(record); }
  TableView* table_view() override { return this; }
  TableRow look_up(const void* key, const EncodedKey& encoded_key) override {
    return table(0).look_up(key, encoded_key);
  }
};

}  // namespace weir::streams
