// KeyedNode: what nodes over a key-value store share: the store and the key's encoded form.
#pragma once

#include "streams/state/type_ops.h"
#include "streams/topology/node.h"

namespace weir::streams {

class KeyedNode : public Node {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    store_ = &scope.key_value_store(store_name_);
    return {};
  }

 protected:
  KeyedNode(std::string store, const TypeOps* key) : store_name_(std::move(store)), key_type_(key) {}

  state::KeyValueStore& store() { return *store_; }
  // Precondition: the record has a key. Valid until the next call.
  EncodedKey encoded_key(const Record& record) {
    if (record.encoded_key != nullptr) return *record.encoded_key;
    Bytes bytes = key_type_->encode(record.key, scratch_);
    return {bytes, state::KeyValueStore::hash(bytes)};
  }
  void count_null_key() { scope_->counters().dropped_null_key.add(); }
  void count_null_value() { scope_->counters().dropped_null_value.add(); }

 private:
  const std::string store_name_;
  const TypeOps* key_type_;
  TaskScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  OwnedBytes scratch_;
};

}  // namespace weir::streams
