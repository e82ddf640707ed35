#include "streams/operators/versioned_table_node.h"

namespace weir::streams {

namespace {

TableRow row_of(const state::Version& version) {
  return version.value == nullptr ? TableRow{} : TableRow{version.value, version.from_ms};
}

}  // namespace

std::string history_store(const std::string& store) {
  return store + "-history";
}

Result<> VersionedTableNode::open(TaskScope& scope) {
  scope_ = &scope;
  state::KeyValueStore& latest = scope.key_value_store(table_store());
  rows_.emplace(latest, scope.window_store(history_store(table_store())), history_ms_, past_);
  if (sends_old_values()) old_.emplace(&latest.value_type());
  return {};
}

void VersionedTableNode::process(const Record& record) {
  if (record.key == nullptr) return scope_->counters().dropped_null_key.add();
  const EncodedKey key = encoder_(record);
  const void* old = sends_old_values() ? old_->assign(rows_->latest(key.bytes, key.hash).value) : nullptr;
  const state::PutVersion put = rows_->put(key.bytes, key.hash, record.value, record.timestamp_ms);
  Record change = record.with_change(record.value, old);
  change.encoded_key = &key;
  switch (put) {
    case state::PutVersion::latest:
      return forward(change);
    case state::PutVersion::older:
      return forward_older(change);
    case state::PutVersion::too_late:
      return scope_->counters().dropped_late.add();
  }
}

TableRow VersionedTableNode::look_up(const void*, const EncodedKey& encoded_key) {
  return row_of(rows_->latest(encoded_key.bytes, encoded_key.hash));
}

TableRow VersionedTableNode::look_up_as_of(const void*, const EncodedKey& encoded_key, std::int64_t time_ms) {
  return row_of(rows_->as_of(encoded_key.bytes, encoded_key.hash, time_ms));
}

}  // namespace weir::streams
