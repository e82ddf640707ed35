#include "streams/topology/table_filter_node.h"

namespace weir::streams {

void TableFilterNode::process(const Record& record) {
  const void* fresh = passing(record.key, record.value);
  const void* old = nullptr;
  if (sends_old_values()) {
    EncodedKey key = encoded_key(record);
    old = is_kept() ? look_up(record.key, key).value : passing(record.key, record.old_value);
    if (fresh == nullptr && old == nullptr) return;
  }
  change(record, fresh, old);
}

TableRow TableFilterNode::compute(const void* key, const EncodedKey& encoded_key) {
  TableRow row = table(0).look_up(key, encoded_key);
  return passing(key, row.value) == nullptr ? TableRow{} : row;
}

}  // namespace weir::streams
