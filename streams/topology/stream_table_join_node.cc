#include "streams/topology/stream_table_join_node.h"

namespace weir::streams {

void StreamTableJoinNode::process(const Record& record) {
  if (record.value == nullptr) return scope_->counters().dropped_null_value.add();
  const void* right = nullptr;
  if (record.key != nullptr) {
    right = table(0).look_up(record.key, encoder_(record)).value;
  } else if (kind_ == JoinKind::inner) {
    return scope_->counters().dropped_null_key.add();
  }
  if (right != nullptr || kind_ == JoinKind::left) join(record, right);
}

}  // namespace weir::streams
