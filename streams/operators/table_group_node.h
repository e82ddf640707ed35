// TableGroupNode: the changes of a table by another key, on their way to an aggregation: what was added under the old
// key is to be taken out, and added under the new one.
//
// One update if both keys are the same, else two: first the one of the old key. A half whose key or value comes out as
// null is left out (KIP-904).
#pragma once

#include "streams/operators/node.h"
#include "streams/state/type_ops.h"

namespace weir::streams {

class TableGroupNode : public Node {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    return {};
  }
  void process(const Record& record) override;
  // What is aggregated follows the latest rows.
  void process_older(const Record&) override { scope_->counters().dropped_late.add(); }

 protected:
  explicit TableGroupNode(const TypeOps* group_key) : group_key_type_(group_key) {}

  enum class Half { old, fresh };
  // Maps a row. The key that came out, or null if the half is left out; lives until the next call for the same half.
  virtual const void* map(Half half, const void* key, const void* value) = 0;
  // The update that is sent, made of the halves that were mapped last.
  virtual const void* update(bool has_old, bool has_fresh) = 0;

 private:
  void send(const Record& record, const void* group_key, bool has_old, bool has_fresh) {
    forward(record.with_key(group_key).with_change(update(has_old, has_fresh), nullptr));
  }

  RecordScope* scope_ = nullptr;
  const TypeOps* group_key_type_;
  OwnedBytes old_scratch_;
  OwnedBytes fresh_scratch_;
};

}  // namespace weir::streams
