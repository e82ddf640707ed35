// TableNode: a table of what comes in: the last value of each key. A null value deletes; records without a key are
// dropped. An older timestamp overwrites a newer one: the order of the records decides.
#pragma once

#include "streams/operators/table_operator.h"

namespace weir::streams {

class TableNode final : public TableOperator {
 public:
  explicit TableNode(const TypeOps* key) : TableOperator(key) {}

  void process(const Record& record) override;

 private:
  // Whoever looks rows up has them kept (Graph::keep).
  TableRow compute(const void*, const EncodedKey&) override { return {}; }
};

}  // namespace weir::streams
