#include "streams/topology/table_map_node.h"

namespace weir::streams {

void TableMapNode::process(const Record& record) {
  const void* old = nullptr;
  if (sends_old_values() && !is_kept()) old = mapped(Place::old, record.key, record.old_value);
  change(record, mapped(Place::fresh, record.key, record.value), old);
}

TableRow TableMapNode::compute(const void* key, const EncodedKey& encoded_key) {
  TableRow row = table(0).look_up(key, encoded_key);
  row.value = mapped(Place::looked_up, key, row.value);
  return row.value == nullptr ? TableRow{} : row;
}

}  // namespace weir::streams
