#include "streams/topology/table_node.h"

namespace weir::streams {

void TableNode::process(const Record& record) {
  if (record.key == nullptr) return count_null_key();
  EncodedKey key = encoded_key(record);
  state::Row& row = store().row(key.bytes, key.hash);
  store().put(row, record.value, record.timestamp_ms);
  Record change = record;
  change.encoded_key = &key;
  forward(change);
}

}  // namespace weir::streams
