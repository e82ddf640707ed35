// AggregateNode: one value a key, updated by each record of the key. Records without key or value are dropped.
//
// The result's timestamp is the highest of the record's and the row's. An update that gives no value deletes the row
// and sends a null; the next record starts anew (tests/vectors/README.md, 4.2).
#pragma once

#include "streams/operators/keyed_node.h"

namespace weir::streams {

WEIR_FLAG(IsNew);

class AggregateNode : public KeyedNode {
 public:
  void process(const Record& record) override;

 protected:
  using KeyedNode::KeyedNode;

  // Changes `aggregate`, which is default-constructed if it is new. False: there is no value any more.
  virtual bool update(void* aggregate, IsNew is_new, const Record& record) = 0;
  // Sets `aggregate` to what `update` begins with. False: it begins with the first record's value.
  virtual bool set_initial(void* aggregate) = 0;

 private:
  const void* initial_value();
};

class CountNode final : public AggregateNode {
 public:
  CountNode(std::string store, const TypeOps* key) : AggregateNode(std::move(store), key) {}

 private:
  bool update(void* aggregate, IsNew, const Record&) override {
    ++*static_cast<std::int64_t*>(aggregate);
    return true;
  }
  bool set_initial(void* aggregate) override {
    *static_cast<std::int64_t*>(aggregate) = 0;
    return true;
  }
};

}  // namespace weir::streams
