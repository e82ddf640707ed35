#include "streams/operators/table_operator.h"

namespace weir::streams {

Result<> TableOperator::open(TaskScope& scope) {
  scope_ = &scope;
  if (table_store().empty()) return {};
  store_ = &scope.key_value_store(table_store());
  if (sends_old_values()) old_.emplace(&store_->value_type());
  return {};
}

void TableOperator::change(const Record& record, const void* fresh, const void* old, IsOlder is_older) {
  EncodedKey key = encoded_key(record);
  if (is_kept()) {
    state::Row& row = store_->row(key.bytes, key.hash);
    if (sends_old_values()) old = old_->assign(row.value());
    store_->put(row, fresh, record.timestamp_ms);
  }
  Record change = record.with_change(fresh, sends_old_values() ? old : nullptr);
  change.encoded_key = &key;
  if (is_older == IsOlder::yes && !is_kept()) return forward_older(change);
  forward(change);
}

TableRow TableOperator::look_up(const void* key, const EncodedKey& encoded_key) {
  if (!is_kept()) return compute(key, encoded_key);
  const state::Row* row = store_->find(encoded_key.bytes, encoded_key.hash);
  return row == nullptr ? TableRow{} : TableRow{row->value(), row->timestamp_ms()};
}

TableRow TableOperator::look_up_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) {
  return is_kept() ? look_up(key, encoded_key) : compute_as_of(key, encoded_key, time_ms);
}

}  // namespace weir::streams
