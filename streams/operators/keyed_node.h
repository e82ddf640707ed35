// KeyedNode: what nodes share that give a table of aggregates: the store and the key's encoded form.
#pragma once

#include <optional>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

class KeyedNode : public Node, public TableView {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    store_ = &scope.key_value_store(store_name_);
    if (sends_old_values()) old_.emplace(&store_->value_type());
    return {};
  }
  TableView* table_view() final { return this; }
  TableRow look_up(const void*, const EncodedKey& key) final {
    const state::Row* row = store_->find(key.bytes, key.hash);
    return row == nullptr ? TableRow{} : TableRow{row->value(), row->timestamp_ms()};
  }

 protected:
  KeyedNode(std::string store, const TypeOps* key) : store_name_(std::move(store)), encoder_(key) {}

  state::KeyValueStore& store() { return *store_; }
  // Precondition: the record has a key. Valid until the next call.
  EncodedKey encoded_key(const Record& record) { return encoder_(record); }
  // A copy of the row's value before it is changed in place, if a node below wants it. Valid until the next call.
  const void* old_value(const state::Row& row) { return sends_old_values() ? old_->assign(row.value()) : nullptr; }
  // Where that copy is kept. Precondition: sends_old_values.
  void* old_object() { return old_->get(); }
  void count_null_key() { scope_->counters().dropped_null_key.add(); }
  void count_null_value() { scope_->counters().dropped_null_value.add(); }

 private:
  const std::string store_name_;
  KeyEncoder encoder_;
  RecordScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  std::optional<ErasedObject> old_;
};

}  // namespace weir::streams
