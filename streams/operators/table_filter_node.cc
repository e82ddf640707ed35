#include "streams/operators/table_filter_node.h"

namespace weir::streams {

void TableFilterNode::update(const Record& record, IsOlder is_older) {
  const void* fresh = passing(record.key, record.value);
  const void* old = nullptr;
  if (sends_old_values()) {
    EncodedKey key = encoded_key(record);
    old = is_kept() ? look_up(record.key, key).value : passing(record.key, record.old_value);
    if (fresh == nullptr && old == nullptr && !is_below_versions()) return;
  }
  change(record, fresh, old, is_older);
}

TableRow TableFilterNode::compute(const void* key, const EncodedKey& encoded_key) {
  TableRow row = table(0).look_up(key, encoded_key);
  return passing(key, row.value) == nullptr ? TableRow{} : row;
}

TableRow TableFilterNode::compute_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) {
  TableRow row = table(0).look_up_as_of(key, encoded_key, time_ms);
  return passing(key, row.value) == nullptr ? TableRow{} : row;
}

}  // namespace weir::streams
