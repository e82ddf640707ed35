// The nodes that hold the callables of an aggregation of a table.
#pragma once

#include <utility>

#include "streams/dsl/group_change.h"
#include "streams/dsl/stateful_nodes.h"
#include "streams/operators/table_aggregate_node.h"

namespace weir::streams {

template <class V>
class TableAggregateOf : public TableAggregateNode {
 protected:
  using TableAggregateNode::TableAggregateNode;

 private:
  Halves halves(const void* update) final {
    const auto& change = *static_cast<const GroupChange<V>*>(update);
    return {call::erased(change.old), call::erased(change.fresh)};
  }
};

template <class V>
class TableCountNode final : public TableAggregateOf<V> {
 public:
  TableCountNode(std::string store, const TypeOps* key) : TableAggregateOf<V>(std::move(store), key) {}

 private:
  bool subtract(void* aggregate, const Record&) override {
    --*static_cast<std::int64_t*>(aggregate);
    return true;
  }
  bool add(void* aggregate, IsNew, const Record&) override {
    ++*static_cast<std::int64_t*>(aggregate);
    return true;
  }
};

template <class K, class V, class A, class Init, class Add, class Subtract>
class TableAggregateWith final : public TableAggregateOf<V> {
 public:
  TableAggregateWith(Init init, Add adder, Subtract subtractor, std::string store, const TypeOps* key)
      : TableAggregateOf<V>(std::move(store), key),
        init_(std::move(init)),
        adder_(std::move(adder)),
        subtractor_(std::move(subtractor)) {}

 private:
  bool subtract(void* aggregate, const Record& old) override {
    return call::guarded(*this, [&] { return aggregated<K, V>(subtractor_, old, *static_cast<A*>(aggregate)); });
  }
  bool add(void* aggregate, IsNew is_new, const Record& fresh) override {
    return call::guarded(*this, [&] {
      if (is_new == IsNew::yes) *static_cast<A*>(aggregate) = init_();
      return aggregated<K, V>(adder_, fresh, *static_cast<A*>(aggregate));
    });
  }

  Init init_;
  Add adder_;
  Subtract subtractor_;
};

template <class V, class Add, class Subtract>
class TableReduceWith final : public TableAggregateOf<V> {
 public:
  TableReduceWith(Add adder, Subtract subtractor, std::string store, const TypeOps* key)
      : TableAggregateOf<V>(std::move(store), key), adder_(std::move(adder)), subtractor_(std::move(subtractor)) {}

 private:
  bool subtract(void* aggregate, const Record& old) override {
    return call::guarded(*this, [&] { return reduced<V>(subtractor_, old, *static_cast<V*>(aggregate)); });
  }
  bool add(void* erased, IsNew is_new, const Record& fresh) override {
    V& aggregate = *static_cast<V*>(erased);
    if (is_new == IsNew::yes) {
      aggregate = *static_cast<const V*>(fresh.value);
      return true;
    }
    return call::guarded(*this, [&] { return reduced<V>(adder_, fresh, aggregate); });
  }

  Add adder_;
  Subtract subtractor_;
};

}  // namespace weir::streams
