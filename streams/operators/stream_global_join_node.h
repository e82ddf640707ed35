// StreamGlobalJoinNode: joins each record of a stream with the row that a global table has, now, for a key that is made
// of the record. The result keeps the record's key and timestamp (tests/vectors/README.md, 4.5).
//
//   key for the table    record's key    inner       left
//   is null              is null         nothing     joined with null
//   is null              is there        nothing     nothing
//   has no row           any             nothing     joined with null
#pragma once

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/operators/stream_table_join_node.h"

namespace weir::streams {

class StreamGlobalJoinNode : public Node {
 public:
  Result<> open(TaskScope& scope) override {
    scope_ = &scope;
    rows_ = &scope.global_table(table_);
    return {};
  }
  void process(const Record& record) override;

 protected:
  StreamGlobalJoinNode(std::string table, const TypeOps* key, JoinKind kind)
      : table_(std::move(table)), encoder_(key), kind_(kind) {}

  // The key to look for, or null. Lives until the next call.
  virtual const void* key_of(const Record& record) = 0;
  // `right` is null only in a left join.
  virtual void join(const Record& record, const void* right) = 0;

 private:
  const std::string table_;
  KeyEncoder encoder_;
  const JoinKind kind_;
  RecordScope* scope_ = nullptr;
  TableView* rows_ = nullptr;
};

}  // namespace weir::streams
