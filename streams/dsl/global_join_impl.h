// The bodies of Stream's joins with global tables.
#pragma once

#include "streams/dsl/global_join_nodes.h"
#include "streams/dsl/stream.h"

namespace weir::streams {

template <class K, class V>
template <JoinKind kKind, class K2, class R, class KeyOf, class F>
auto Stream<K, V>::join_global(const GlobalTable<K2, R>& table, KeyOf key_of, F joiner, const char* operation,
                               const OperatorOptions& options) const {
  using Left = plain_t<V>;
  using Right = std::conditional_t<kKind == JoinKind::inner, const R&, const R*>;
  static_assert(call::Takes<KeyOf, K, Left>,
                "Weir: a join with a global table needs a callable over (key, value) or (value) that gives the key to "
                "look for");
  static_assert(std::same_as<owned_t<plain_t<call::Result<KeyOf, K, Left>>>, owned_t<K2>>,
                "Weir: a join with a global table needs a callable that gives a key of the table's type");
  static_assert(
      call::Takes<F, K, Left, Right>,
      "Weir: a join needs a joiner over (value, row) or (key, value, row); in a left join `row` is a pointer, "
      "null where the table has none");
  if (graph_ != table.graph_)
    throw TopologyError(std::string(operation) + ": stream and table come from different builders");
  using JoinNode = StreamGlobalJoinWith<K, Left, R, kKind, KeyOf, F>;
  NodeIndex node = graph_->add_node(
      options.name, operation, {node_},
      [key_of, joiner, name = table.name()] { return std::make_unique<JoinNode>(key_of, joiner, name); }, {},
      guarding(options.on_error));
  graph_->look_up_global(node, table.name());
  return derived<K, call::Result<F, K, Left, Right>>(node, key_changed_);
}

template <class K, class V>
template <class K2, class R, class KeyOf, class F>
auto Stream<K, V>::join(const GlobalTable<K2, R>& table, KeyOf key_of, F joiner, const OperatorOptions& options) const {
  return join_global<JoinKind::inner>(table, std::move(key_of), std::move(joiner), "join", options);
}

template <class K, class V>
template <class K2, class R, class KeyOf, class F>
auto Stream<K, V>::left_join(const GlobalTable<K2, R>& table, KeyOf key_of, F joiner,
                             const OperatorOptions& options) const {
  return join_global<JoinKind::left>(table, std::move(key_of), std::move(joiner), "left_join", options);
}

}  // namespace weir::streams
