#include "streams/operators/stream_table_join_node.h"

namespace weir::streams {

void StreamTableJoinNode::process(const Record& record) {
  if (record.value == nullptr) return scope_->counters().dropped_null_value.add();
  const void* right = nullptr;
  if (record.key != nullptr) {
    const EncodedKey key = encoder_(record);
    right = (as_of_ == RowsAsOf::yes ? table(0).look_up_as_of(record.key, key, record.timestamp_ms)
                                     : table(0).look_up(record.key, key))
                .value;
  } else if (kind_ == JoinKind::inner) {
    return scope_->counters().dropped_null_key.add();
  }
  (right != nullptr ? scope_->counters().matched : scope_->counters().unmatched).add();
  if (right != nullptr || kind_ == JoinKind::left) join(record, right);
}

}  // namespace weir::streams
