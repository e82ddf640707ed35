#include "streams/operators/table_node.h"

namespace weir::streams {

void TableNode::process(const Record& record) {
  if (record.key == nullptr) return counters().dropped_null_key.add();
  change(record, record.value, nullptr);
}

}  // namespace weir::streams
