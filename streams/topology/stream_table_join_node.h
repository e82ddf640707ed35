// StreamTableJoinNode: joins each record of a stream with the row that the table has for its key now. The result has
// the stream record's timestamp; the table's changes send nothing (tests/vectors/README.md, 4.5).
#pragma once

#include "streams/topology/keyed_node.h"

namespace weir::streams {

enum class JoinKind { inner, left };

class StreamTableJoinNode : public KeyedNode {
 public:
  void process(const Record& record) override;

 protected:
  StreamTableJoinNode(std::string store, const TypeOps* key, JoinKind kind)
      : KeyedNode(std::move(store), key), kind_(kind) {}

  // `right` is null only in a left join.
  virtual void join(const Record& record, const void* right) = 0;

 private:
  const JoinKind kind_;
};

}  // namespace weir::streams
