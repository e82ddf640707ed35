// GroupedTable<K, V>: the rows of a table, taken together by another key. What it is counted, reduced or aggregated to
// is a table that follows every change of the rows: what leaves a group is subtracted, what enters it is added.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "streams/dsl/options.h"
#include "streams/dsl/table.h"
#include "streams/dsl/table_aggregates.h"

namespace weir::streams {

template <class K, class V>
class GroupedTable {
 public:
  // How many rows each group has; a group that became empty has 0.
  Table<K, std::int64_t, Deletes::no> count(const StoreOptions& options = {}) const {
    return make<std::int64_t, Deletes::no>("count", options, [](std::string store) {
      return std::make_unique<TableCountNode<V>>(std::move(store), key_ops<K>());
    });
  }

  // Reducers as GroupedStream::reduce: the first value of a group is taken as it is.
  template <class Add, class Subtract>
  auto reduce(Add adder, Subtract subtractor, const StoreOptions& options = {}) const {
    static_assert(std::invocable<Add&, V&, const V&> && std::invocable<Subtract&, V&, const V&>,
                  "Weir: reduce needs an adder and a subtractor over (aggregate, value), both of the value's type");
    return make<V, Deletes::yes>("reduce", options, [adder, subtractor](std::string store) {
      return std::make_unique<TableReduceWith<V, Add, Subtract>>(adder, subtractor, std::move(store), key_ops<K>());
    });
  }

  // `init` gives the aggregate of an empty group. Adder and subtractor are aggregators as in GroupedStream::aggregate;
  // where one gives no value the group is empty again.
  template <class Init, class Add, class Subtract>
  auto aggregate(Init init, Add adder, Subtract subtractor, const StoreOptions& options = {}) const {
    using A = std::remove_cvref_t<std::invoke_result_t<Init&>>;
    static_assert(Aggregator<Add, K, V, A> && Aggregator<Subtract, K, V, A>,
                  "Weir: aggregate needs an adder and a subtractor over (value, aggregate) or (key, value, aggregate)");
    static_assert(!call::takes_swapped<Add, plain_t<V>, A>() && !call::takes_swapped<Subtract, plain_t<V>, A>(),
                  "Weir: aggregate's adder or subtractor takes its aggregate before the value: it is given "
                  "(value, aggregate)");
    return make<A, Deletes::yes>("aggregate", options, [init, adder, subtractor](std::string store) {
      return std::make_unique<TableAggregateWith<K, V, A, Init, Add, Subtract>>(init, adder, subtractor,
                                                                                std::move(store), key_ops<K>());
    });
  }

 private:
  template <class, class, Deletes>
  friend class Table;

  GroupedTable(std::shared_ptr<Graph> graph, NodeIndex grouping, std::string name)
      : graph_(std::move(graph)), grouping_(grouping), name_(std::move(name)) {}

  // Several aggregations of one grouping share its topic.
  NodeIndex by_key(const std::string& store) const {
    if (!*by_key_) {
      *by_key_ = graph_->add_repartition(
          grouping_, {name_.empty() ? store : name_, std::nullopt, key_ops<K>(), &type_ops<GroupChange<V>>(), false});
    }
    return **by_key_;
  }

  template <class A, Deletes kDeletes, class MakeNode>
  Table<K, A, kDeletes> make(const char* operation, const StoreOptions& options, MakeNode make_node) const {
    StoreSpec spec;
    spec.key = key_ops<K>();
    spec.value = &type_ops<A>();
    spec.in_memory = options.in_memory;
    return Table<K, A, kDeletes>::aggregated(graph_, by_key(options.store), operation, options, spec,
                                             std::move(make_node), {.on_error = options.on_error});
  }

  std::shared_ptr<Graph> graph_;  // shared by all handles of one builder
  NodeIndex grouping_;
  std::string name_;
  // shared by the copies of this handle: the topic is made when the first aggregation needs it
  std::shared_ptr<std::optional<NodeIndex>> by_key_ = std::make_shared<std::optional<NodeIndex>>();
};

}  // namespace weir::streams
