#include "streams/operators/aggregate_node.h"

#include <algorithm>

namespace weir::streams {

void AggregateNode::process(const Record& record) {
  if (record.key == nullptr) return count_null_key();
  if (record.value == nullptr) return count_null_value();
  EncodedKey key = encoded_key(record);
  state::Row& row = store().row(key.bytes, key.hash);
  IsNew is_new = row.exists() ? IsNew::no : IsNew::yes;
  Record result = record.with_change(nullptr, row.exists() ? old_value(row) : initial_value());
  result.encoded_key = &key;
  if (row.exists()) result.timestamp_ms = std::max(record.timestamp_ms, row.timestamp_ms());
  if (!update(store().modify(row, result.timestamp_ms), is_new, record)) store().erase(row, result.timestamp_ms);
  result.value = row.value();
  forward(result);
}

const void* AggregateNode::initial_value() {
  if (!sends_old_values() || !shows_initial_value()) return nullptr;
  void* initial = old_object();
  return set_initial(initial) ? initial : nullptr;
}

}  // namespace weir::streams
