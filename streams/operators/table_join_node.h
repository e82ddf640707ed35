// A join of two tables is three nodes: one for the changes of each side, and below both the one that gives the joined
// table. Both sides trigger; the result's time is the later of the two rows' (tests/vectors/README.md, 4.4).
//
// A change of one side looks up the other side's row:
//
//   other side    this side's values         result
//   is missing    inner, or both are null    nothing at all
//   is missing    otherwise                  joined with null, or a deletion (only where this side is an outer one)
//   is there      any                        joined, or a deletion if this side is gone and the other is no outer one
#pragma once

#include "streams/operators/table_operator.h"
#include "streams/topology/join_side.h"

namespace weir::streams {

// Which sides keep their rows without a partner.
struct TableJoinKind {
  bool keeps_left = false;
  bool keeps_right = false;
};

// Results are alive at once, so each has a place of its own.
enum class JoinPlace { fresh, old, looked_up };

class TableJoinSideNode : public Node {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    return {};
  }
  void process(const Record& record) override;
  // A join of tables follows their latest rows.
  void process_older(const Record&) override { scope_->counters().dropped_late.add(); }

 protected:
  TableJoinSideNode(const TypeOps* key, TableJoinKind kind, JoinSide side) : encoder_(key), kind_(kind), side_(side) {}

  // Null rows only where the kind allows them. The result may be null; it lives until the next call for the same place.
  virtual const void* join(JoinPlace place, const void* key, const void* left, const void* right) = 0;

 private:
  const void* joined(JoinPlace place, const Record& record, const void* mine, const void* other);

  KeyEncoder encoder_;
  const TableJoinKind kind_;
  const JoinSide side_;
  RecordScope* scope_ = nullptr;
};

class TableJoinNode : public TableOperator {
 public:
  void process(const Record& record) override { change(record, record.value, record.old_value); }

 protected:
  TableJoinNode(const TypeOps* key, TableJoinKind kind) : TableOperator(key), kind_(kind) {}

  virtual const void* join(JoinPlace place, const void* key, const void* left, const void* right) = 0;

 private:
  TableRow compute(const void* key, const EncodedKey& encoded_key) override;

  const TableJoinKind kind_;
};

}  // namespace weir::streams
