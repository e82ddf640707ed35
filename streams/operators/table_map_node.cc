#include "streams/operators/table_map_node.h"

namespace weir::streams {

void TableMapNode::update(const Record& record, IsOlder is_older) {
  const void* old = nullptr;
  if (sends_old_values() && !is_kept()) old = mapped(Place::old, record.key, record.old_value);
  change(record, mapped(Place::fresh, record.key, record.value), old, is_older);
}

TableRow TableMapNode::compute(const void* key, const EncodedKey& encoded_key) {
  return computed(key, table(0).look_up(key, encoded_key));
}

TableRow TableMapNode::compute_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) {
  return computed(key, table(0).look_up_as_of(key, encoded_key, time_ms));
}

TableRow TableMapNode::computed(const void* key, TableRow above) {
  above.value = mapped(Place::looked_up, key, above.value);
  return above.value == nullptr ? TableRow{} : above;
}

}  // namespace weir::streams
