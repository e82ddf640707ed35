#include "streams/operators/table_aggregate_node.h"

#include <algorithm>

namespace weir::streams {

void TableAggregateNode::process(const Record& record) {
  if (record.key == nullptr) return count_null_key();
  const Halves halves = this->halves(record.value);
  EncodedKey key = encoded_key(record);
  state::Row& row = store().row(key.bytes, key.hash);
  Record result = record.with_change(nullptr, old_value(row));
  result.encoded_key = &key;
  if (row.exists()) result.timestamp_ms = std::max(record.timestamp_ms, row.timestamp_ms());

  bool exists = row.exists();
  if (halves.old != nullptr && exists) {
    exists = subtract(store().modify(row, result.timestamp_ms), record.with_value(halves.old));
  }
  if (halves.fresh != nullptr) {
    exists =
        add(store().modify(row, result.timestamp_ms), exists ? IsNew::no : IsNew::yes, record.with_value(halves.fresh));
  }
  if (!exists) store().erase(row, result.timestamp_ms);
  result.value = row.value();
  forward(result);
}

}  // namespace weir::streams
