// StreamTableJoinNode: joins each record of a stream with the row that the table has for its key now, of a versioned
// table with the one that it had at the record's time. The result has
// the stream record's timestamp; the table's changes send nothing (tests/vectors/README.md, 4.5).
#pragma once

#include "log/base/strong.h"
#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"

namespace weir::streams {

enum class JoinKind { inner, left };

// Rows are looked up as they were at the record's time.
WEIR_FLAG(RowsAsOf);

class StreamTableJoinNode : public Node {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    return {};
  }
  void process(const Record& record) override;

 protected:
  StreamTableJoinNode(const TypeOps* key, JoinKind kind, RowsAsOf as_of) : encoder_(key), kind_(kind), as_of_(as_of) {}

  // `right` is null only in a left join.
  virtual void join(const Record& record, const void* right) = 0;

 private:
  KeyEncoder encoder_;
  const JoinKind kind_;
  const RowsAsOf as_of_;
  RecordScope* scope_ = nullptr;
};

}  // namespace weir::streams
