#include "streams/operators/table_join_node.h"

#include <algorithm>

namespace weir::streams {

namespace {

bool gives_row(TableJoinKind kind, const void* left, const void* right) {
  if (left != nullptr && right != nullptr) return true;
  return (left != nullptr && kind.keeps_left) || (right != nullptr && kind.keeps_right);
}

}  // namespace

void TableJoinSideNode::process(const Record& record) {
  if (record.key == nullptr) return scope_->counters().dropped_null_key.add();
  EncodedKey key = encoder_(record);
  TableRow other = table(0).look_up(record.key, key);
  if (other.value == nullptr) {
    bool keeps_mine = side_ == JoinSide::left ? kind_.keeps_left : kind_.keeps_right;
    if (!keeps_mine || (record.value == nullptr && record.old_value == nullptr)) return;
  }
  // The old result first: a look-up's row is borrowed, and nothing is looked up until both are made.
  const void* old = joined(JoinPlace::old, record, record.old_value, other.value);
  const void* fresh = joined(JoinPlace::fresh, record, record.value, other.value);
  Record result = record.with_change(fresh, old);
  result.encoded_key = &key;
  if (other.value != nullptr) result.timestamp_ms = std::max(record.timestamp_ms, other.timestamp_ms);
  forward(result);
}

const void* TableJoinSideNode::joined(JoinPlace place, const Record& record, const void* mine, const void* other) {
  const void* left = side_ == JoinSide::left ? mine : other;
  const void* right = side_ == JoinSide::left ? other : mine;
  return gives_row(kind_, left, right) ? join(place, record.key, left, right) : nullptr;
}

TableRow TableJoinNode::compute(const void* key, const EncodedKey& encoded_key) {
  TableRow left = table(0).look_up(key, encoded_key);
  TableRow right = table(1).look_up(key, encoded_key);
  if (!gives_row(kind_, left.value, right.value)) return {};
  const void* value = join(JoinPlace::looked_up, key, left.value, right.value);
  if (value == nullptr) return {};
  return {value, std::max(left.timestamp_ms, right.timestamp_ms)};
}

}  // namespace weir::streams
