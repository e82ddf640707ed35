// TableAggregateNode: one value a key of a regrouped table: a row that leaves a group is subtracted from it, one that
// enters it is added. Subtracting comes first, and only from what is there; an update that leaves no value deletes.
#pragma once

#include <optional>

#include "streams/operators/aggregate_node.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

class TableAggregateNode : public KeyedNode {
 public:
  void process(const Record& record) override;

 protected:
  using KeyedNode::KeyedNode;

  struct Halves {
    const void* old;    // to be subtracted; null: nothing
    const void* fresh;  // to be added; null: nothing
  };
  virtual Halves halves(const void* update) = 0;
  // Change `aggregate`, which is default-constructed if it is new. False: there is no value any more.
  virtual bool subtract(void* aggregate, const Record& old) = 0;
  virtual bool add(void* aggregate, IsNew is_new, const Record& fresh) = 0;
};

}  // namespace weir::streams
