// The right table's part in a foreign-key join: ForeignKeySubscriptionNode keeps who refers to which row, and answers;
// ForeignKeyChangeNode tells a changed row to all that refer to it, in the order of their keys. Both send answers by
// the left key. An answer's time is the later of the subscription's and the row's, or, of a change, the change's.
#pragma once

#include <string>

#include "streams/operators/foreign_key_messages.h"
#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

// Its records have the right key, and a subscription for a value. Looks up the right table.
class ForeignKeySubscriptionNode : public Node {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;

 protected:
  ForeignKeySubscriptionNode(std::string store, const TypeOps* right_key, const TypeOps* left_key)
      : store_name_(std::move(store)), encoder_(right_key), left_key_type_(left_key) {}

  struct Subscription {
    Instruction instruction;
    std::uint64_t hash;
    const void* left_key;
  };
  virtual Subscription subscription(const void* message) = 0;
  // A null `right` is no row. The message lives until the next call.
  virtual const void* answer(AnswerKind kind, std::uint64_t hash, const void* right) = 0;

 private:
  void keep(const Record& record, Bytes right_key, const Subscription& asked);

  const std::string store_name_;
  KeyEncoder encoder_;
  const TypeOps* left_key_type_;
  RecordScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  OwnedBytes scratch_;
};

// Its records are changes of the right table.
class ForeignKeyChangeNode : public Node {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  // The join follows the latest rows.
  void process_older(const Record&) override { scope_->counters().dropped_late.add(); }

 protected:
  ForeignKeyChangeNode(std::string store, const TypeOps* right_key, const TypeOps* left_key)
      : store_name_(std::move(store)), encoder_(right_key), left_key_type_(left_key), left_key_(left_key) {}

  virtual const void* answer(AnswerKind kind, std::uint64_t hash, const void* right) = 0;  // as above

 private:
  const std::string store_name_;
  KeyEncoder encoder_;
  const TypeOps* left_key_type_;
  ErasedObject left_key_;
  RecordScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
};

}  // namespace weir::streams
