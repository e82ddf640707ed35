#include "streams/operators/stream_global_join_node.h"

namespace weir::streams {

void StreamGlobalJoinNode::process(const Record& record) {
  if (record.value == nullptr) return scope_->counters().dropped_null_value.add();
  const void* key = key_of(record);
  if (key == nullptr && (kind_ == JoinKind::inner || record.key != nullptr)) {
    return scope_->counters().dropped_null_key.add();
  }
  const void* right = nullptr;
  if (key != nullptr) right = rows_->look_up(key, encoder_(Record{.key = key})).value;
  (right != nullptr ? scope_->counters().matched : scope_->counters().unmatched).add();
  if (right != nullptr || kind_ == JoinKind::left) join(record, right);
}

}  // namespace weir::streams
