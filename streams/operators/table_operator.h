// TableOperator: what nodes share that give a table of their own making: the rows are kept in a store if the topology
// wants that, changes go on with the old value if a node below wants it.
#pragma once

#include "log/base/strong.h"
#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

WEIR_FLAG(IsOlder);

class TableOperator : public Node, public TableView {
 public:
  Result<> open(TaskScope& scope) override;
  TableView* table_view() final { return this; }
  TableRow look_up(const void* key, const EncodedKey& encoded_key) final;
  TableRow look_up_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) final;

 protected:
  explicit TableOperator(const TypeOps* key) : encoder_(key) {}

  // The row of a table that is not kept.
  virtual TableRow compute(const void* key, const EncodedKey& encoded_key) = 0;

  // The same as it was at `time_ms`, where the table above is versioned.
  virtual TableRow compute_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t) {
    return compute(key, encoded_key);
  }

  bool is_kept() const { return store_ != nullptr; }
  // Precondition: the record has a key. Valid until the next call.
  EncodedKey encoded_key(const Record& record) { return encoder_(record); }
  // Keeps the row's new value, if rows are kept, and hands the change on. `old` counts where rows are not kept.
  // One that is older than the row's latest stays so where rows are not kept.
  void change(const Record& record, const void* fresh, const void* old, IsOlder is_older = IsOlder::no);
  Counters& counters() { return scope_->counters(); }

 private:
  KeyEncoder encoder_;
  RecordScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  std::optional<ErasedObject> old_;
};

}  // namespace weir::streams
