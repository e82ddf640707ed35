#include "streams/topology/stream_table_join_node.h"

namespace weir::streams {

void StreamTableJoinNode::process(const Record& record) {
  if (record.value == nullptr) return count_null_value();
  const void* right = nullptr;
  if (record.key != nullptr) {
    EncodedKey key = encoded_key(record);
    if (state::Row* row = store().find(key.bytes, key.hash)) right = row->value();
  } else if (kind_ == JoinKind::inner) {
    return count_null_key();
  }
  if (right != nullptr || kind_ == JoinKind::left) join(record, right);
}

}  // namespace weir::streams
