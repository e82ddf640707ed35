// Table<K, V>: the last value of each key, kept in a store. Its changes are a stream in which null means that the key
// is gone; a table that never deletes (a count) gives a stream without nulls.
#pragma once

#include <memory>
#include <string>

#include "log/base/strong.h"
#include "streams/dsl/graph.h"
#include "streams/dsl/options.h"
#include "streams/dsl/type_table.h"
#include "streams/topology/pass_node.h"
#include "streams/topology/table_node.h"

namespace weir::streams {

WEIR_FLAG(KeyChanged);
WEIR_FLAG(Deletes);

template <class K, class V>
class Stream;

template <class K, class V, Deletes kDeletes = Deletes::yes>
class Table {
 public:
  static_assert(!is_nullable<V>, "Weir: a table's value type is without optional: a null is a deletion");

  using Key = K;
  using Value = V;
  using Change = std::conditional_t<kDeletes == Deletes::yes, std::optional<V>, V>;

  // Every change, as a stream.
  Stream<K, Change> to_stream(const OperatorOptions& options = {}) const {
    NodeIndex node = graph_->add_node(options.name, "to_stream", {node_}, [] { return std::make_unique<PassNode>(); });
    return {graph_, node, KeyChanged::no};
  }

  // The name of the store that keeps it.
  const std::string& store() const { return store_; }

 private:
  template <class, class>
  friend class Stream;
  template <class, class>
  friend class GroupedStream;
  template <class, class>
  friend class WindowedStream;
  friend class Builder;

  Table(std::shared_ptr<Graph> graph, NodeIndex node, std::string store)
      : graph_(std::move(graph)), node_(node), store_(std::move(store)) {}

  // The table of what `parent` gives.
  static Table from(std::shared_ptr<Graph> graph, NodeIndex parent, const char* operation,
                    const StoreOptions& options) {
    static_assert(IsOwned<V>,
                  "Weir: a table keeps its values: use a type that owns them (std::string, not string_view)");
    StoreSpec spec;
    spec.key = key_ops<K>();
    spec.value = &type_ops<V>();
    spec.in_memory = options.in_memory;
    std::string store = graph->add_store(options.store, parent, operation, spec);
    NodeIndex node = graph->add_node(
        "", operation, {parent}, [store, key = spec.key] { return std::make_unique<TableNode>(store, key); }, {store});
    return {std::move(graph), node, store};
  }

  std::shared_ptr<Graph> graph_;  // shared by all handles of one builder
  NodeIndex node_;
  std::string store_;
};

}  // namespace weir::streams
