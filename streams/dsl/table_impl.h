// The bodies of Table's operations.
#pragma once

#include "streams/dsl/foreign_key_impl.h"
#include "streams/dsl/grouped_table.h"
#include "streams/dsl/suppress_nodes.h"
#include "streams/dsl/table.h"
#include "streams/dsl/table_nodes.h"

namespace weir::streams {

template <class K, class V, Deletes kDeletes>
template <bool kExpected, class F>
Table<K, V> Table<K, V, kDeletes>::filtered(F predicate, const char* operation, const StoreOptions& options) const {
  auto table = Table<K, V>::add(graph_, {node_}, operation, Graph::Rows::computed, {node_}, options, [predicate] {
    return std::make_unique<TableFilterWith<K, V, F, kExpected>>(predicate);
  });
  if (graph_->history_ms(node_)) graph_->set_below_versions(table.node_);
  // Deletions of what was not there are left out where that costs nothing.
  if (graph_->want_old_values(node_, Graph::Keep::if_kept)) graph_->want_old_values(table.node_, Graph::Keep::if_kept);
  return table;
}

template <class K, class V, Deletes kDeletes>
template <class F>
Table<K, V> Table<K, V, kDeletes>::filter(F predicate, const StoreOptions& options) const {
  static_assert(call::Tests<F, K, V>, "Weir: filter needs a predicate over (key, value) or (value) that gives a bool");
  return filtered<true>(std::move(predicate), "filter", options);
}

template <class K, class V, Deletes kDeletes>
template <class F>
Table<K, V> Table<K, V, kDeletes>::filter_not(F predicate, const StoreOptions& options) const {
  static_assert(call::Tests<F, K, V>, "Weir: filter_not needs a predicate over (key, value) or (value) giving a bool");
  return filtered<false>(std::move(predicate), "filter_not", options);
}

template <class K, class V, Deletes kDeletes>
template <class F>
auto Table<K, V, kDeletes>::map_values(F mapper, const StoreOptions& options) const {
  static_assert(call::Gives<F, K, V>, "Weir: map_values needs a callable over (key, value) or (value) giving a value");
  using Given = call::Result<F, K, V>;
  using Mapped = Table<K, plain_t<Given>, Deletes(kDeletes == Deletes::yes || is_nullable<Given>)>;
  return Mapped::add(graph_, {node_}, "map_values", Graph::Rows::computed, {node_}, options,
                     [mapper] { return std::make_unique<TableMapWith<K, V, F>>(mapper); });
}

template <class K, class V, Deletes kDeletes>
template <Deletes kResult>
Table<K, V, kResult> Table<K, V, kDeletes>::suppressed(const Suppression& suppression,
                                                       const StoreOptions& options) const {
  if (graph_->history_ms(node_)) throw TopologyError("suppress: a versioned table cannot be held back");
  // What the nodes below have seen of a key is what was there before its first change that is held back.
  graph_->want_old_values(node_, Graph::Keep::always);
  StoreSpec spec;
  spec.key = key_ops<K>();
  spec.value = &type_ops<HeldChange<V>>();
  spec.in_memory = options.in_memory;
  auto table = Table<K, V, kResult>::aggregated(
      graph_, node_, "suppress", options, spec,
      [suppression](std::string store) { return std::make_unique<SuppressWith<K, V>>(std::move(store), suppression); },
      {.on_error = options.on_error});
  graph_->look_up(table.node_, node_);
  if (auto closes_after_ms = graph_->closes_after_ms(node_)) graph_->set_closing(table.node_, *closes_after_ms);
  return table;
}

template <class K, class V, Deletes kDeletes>
Table<K, V, Deletes::no> Table<K, V, kDeletes>::suppress(const UntilWindowCloses& until,
                                                         const StoreOptions& options) const {
  static_assert(is_windowed<K>, "Weir: suppress until windows close needs a table by key and window");
  auto grace_ms = graph_->closes_after_ms(node_);
  if (!grace_ms) throw TopologyError("suppress below " + graph_->name_of(node_) + ": its windows never close");
  return suppressed<Deletes::no>({.wait_ms = *grace_ms,
                                  .max_keys = until.max_keys,
                                  .max_bytes = until.max_bytes,
                                  .when_full = WhenFull::stop,
                                  .is_final = true},
                                 options);
}

template <class K, class V, Deletes kDeletes>
Table<K, V, kDeletes> Table<K, V, kDeletes>::suppress(const UntilTimeLimit& until, const StoreOptions& options) const {
  return suppressed<kDeletes>({.wait_ms = until.limit.count(),
                               .max_keys = until.max_keys,
                               .max_bytes = until.max_bytes,
                               .when_full = until.when_full},
                              options);
}

template <class K, class V, Deletes kDeletes>
template <class F>
auto Table<K, V, kDeletes>::group_by(F mapper, const OperatorOptions& options) const {
  static_assert(call::Takes<F, K, V>,
                "Weir: group_by needs a callable over (key, value) or (value) that gives a "
                "std::pair of the group's key and a value");
  using Pair = call::Result<F, K, V>;
  using K2 = plain_t<typename Pair::first_type>;
  using V2 = plain_t<typename Pair::second_type>;
  graph_->want_old_values(node_, Graph::Keep::always);
  NodeIndex node = graph_->add_node(options.name, "group_by", {node_},
                                    [mapper] { return std::make_unique<TableGroupWith<K, V, K2, V2, F>>(mapper); }, {},
                                    {.on_error = options.on_error});
  graph_->set_changes_key(node);
  return GroupedTable<K2, V2>(graph_, node, options.name);
}

template <class K, class V, Deletes kDeletes>
template <class V2, class R, class F>
Table<K, V2> Table<K, V, kDeletes>::joined(const Table<K, R>& right, F joiner, TableJoinKind kind,
                                           const char* operation, const StoreOptions& options) const {
  if (graph_ != right.graph_) throw TopologyError(std::string(operation) + ": the tables come from different builders");
  // A row without a partner comes and goes with its own side: whether it was there must be known.
  if (kind.keeps_left) graph_->want_old_values(node_, Graph::Keep::always);
  if (kind.keeps_right) graph_->want_old_values(right.node_, Graph::Keep::always);
  auto side = [&](NodeIndex changes, NodeIndex other, JoinSide which) {
    NodeIndex node = graph_->add_node(
        "", operation, {changes},
        [joiner, kind, which] { return std::make_unique<TableJoinSideWith<K, F>>(joiner, kind, which); }, {},
        {.on_error = options.on_error});
    graph_->look_up(node, other);
    return node;
  };
  NodeIndex left_side = side(node_, right.node_, JoinSide::left);
  NodeIndex right_side = side(right.node_, node_, JoinSide::right);
  return Table<K, V2>::add(graph_, {left_side, right_side}, "joined", Graph::Rows::joined, {node_, right.node_},
                           options, [joiner, kind] { return std::make_unique<TableJoinWith<K, F>>(joiner, kind); });
}

template <class K, class V, Deletes kDeletes>
template <class R, Deletes kOther, class F>
auto Table<K, V, kDeletes>::join(const Table<K, R, kOther>& right, F joiner, const StoreOptions& options) const {
  static_assert(call::Takes<F, K, V, const R&>, "Weir: join needs a joiner over (left, right) or (key, left, right)");
  using Joiner = TableJoiner<K, V, R, F>;
  return joined<plain_t<typename Joiner::Joined>>(Table<K, R>(right), Joiner(std::move(joiner)), {}, "join", options);
}

template <class K, class V, Deletes kDeletes>
template <class R, Deletes kOther, class F>
auto Table<K, V, kDeletes>::left_join(const Table<K, R, kOther>& right, F joiner, const StoreOptions& options) const {
  static_assert(call::Takes<F, K, V, const R*>,
                "Weir: left_join needs a joiner over (left, right) or (key, left, "
                "right), `right` being a pointer that may be null");
  using Joiner = TableJoiner<K, V, const R*, F>;
  return joined<plain_t<typename Joiner::Joined>>(Table<K, R>(right), Joiner(std::move(joiner)), {true, false},
                                                  "left_join", options);
}

template <class K, class V, Deletes kDeletes>
template <class R, Deletes kOther, class F>
auto Table<K, V, kDeletes>::outer_join(const Table<K, R, kOther>& right, F joiner, const StoreOptions& options) const {
  static_assert(call::Takes<F, K, std::optional<V>, const R*>,
                "Weir: outer_join needs a joiner over (left, right) or (key, left, right), both being pointers that "
                "may be null");
  using Joiner = TableJoiner<K, const V*, const R*, F>;
  return joined<plain_t<typename Joiner::Joined>>(Table<K, R>(right), Joiner(std::move(joiner)), {true, true},
                                                  "outer_join", options);
}

}  // namespace weir::streams
