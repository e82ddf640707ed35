// The bodies of Stream's operations.
#pragma once

#include "streams/dsl/hold_nodes.h"
#include "streams/dsl/processor.h"
#include "streams/dsl/stateful_nodes.h"
#include "streams/dsl/stateless_nodes.h"
#include "streams/dsl/stream.h"
#include "streams/dsl/table_impl.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/pass_node.h"
#include "streams/operators/table_node.h"

namespace weir::streams {

template <class K, class V>
template <class F>
Stream<K, V> Stream<K, V>::filter(F predicate, const OperatorOptions& options) const {
  static_assert(call::Tests<F, K, V>, "Weir: filter needs a predicate over (key, value) or (value) that gives a bool");
  return {graph_, add<FilterNode<K, V, F, true>>(options, "filter", {}, predicate), key_changed_};
}

template <class K, class V>
template <class F>
Stream<K, V> Stream<K, V>::filter_not(F predicate, const OperatorOptions& options) const {
  static_assert(call::Tests<F, K, V>, "Weir: filter_not needs a predicate over (key, value) or (value) giving a bool");
  return {graph_, add<FilterNode<K, V, F, false>>(options, "filter_not", {}, predicate), key_changed_};
}

template <class K, class V>
template <class F>
auto Stream<K, V>::map(F mapper, const OperatorOptions& options) const {
  static_assert(call::GivesPair<F, K, V>,
                "Weir: map needs a callable over (key, value) or (value) that gives a std::pair");
  using Pair = call::Result<F, K, V>;
  return rekeyed<typename Pair::first_type, typename Pair::second_type>(
      add<MapNode<K, V, F>>(options, "map", {}, mapper));
}

template <class K, class V>
template <class F>
auto Stream<K, V>::map_values(F mapper, const OperatorOptions& options) const {
  static_assert(call::Gives<F, K, V>, "Weir: map_values needs a callable over (key, value) or (value) giving a value");
  return derived<K, call::Result<F, K, V>>(add<MapValuesNode<K, V, F>>(options, "map_values", {}, mapper),
                                           key_changed_);
}

template <class K, class V>
template <class F>
auto Stream<K, V>::select_key(F selector, const OperatorOptions& options) const {
  static_assert(call::Gives<F, K, V>, "Weir: select_key needs a callable over (key, value) or (value) giving a key");
  return rekeyed<call::Result<F, K, V>, V>(add<SelectKeyNode<K, V, F>>(options, "select_key", {}, selector));
}

template <class K, class V>
template <class F>
auto Stream<K, V>::flat_map(F mapper, const OperatorOptions& options) const {
  static_assert(call::Takes<F, K, V>, "Weir: flat_map needs a callable over (key, value) or (value)");
  using Range = call::Result<F, K, V>;
  static_assert(std::ranges::input_range<Range>, "Weir: flat_map's callable must give a range of std::pairs");
  using Pair = std::ranges::range_value_t<Range>;
  return rekeyed<typename Pair::first_type, typename Pair::second_type>(
      add<FlatMapNode<K, V, F>>(options, "flat_map", {}, mapper));
}

template <class K, class V>
template <class F>
auto Stream<K, V>::flat_map_values(F mapper, const OperatorOptions& options) const {
  static_assert(call::Takes<F, K, V>,
                "Weir: flat_map_values needs a callable over (key, value) or (value) that gives "
                "a range; for one that emits name the type: flat_map_values<V2>(f)");
  using Range = call::Result<F, K, V>;
  static_assert(std::ranges::input_range<Range>, "Weir: flat_map_values's callable must give a range of values");
  using V2 = std::ranges::range_value_t<Range>;
  return derived<K, V2>(add<FlatMapValuesNode<K, V, V2, F>>(options, "flat_map_values", {}, mapper), key_changed_);
}

template <class K, class V>
template <class V2, class F>
Stream<K, V2> Stream<K, V>::flat_map_values(F mapper, const OperatorOptions& options) const {
  static_assert(call::Takes<F, K, V, Emitter<V2>&>,
                "Weir: flat_map_values<V2> needs a callable over (value, emit) or (key, value, emit)");
  return {graph_, add<EmitValuesNode<K, V, V2, F>>(options, "flat_map_values", {}, mapper), key_changed_};
}

template <class K, class V>
template <class F>
Stream<K, V> Stream<K, V>::peek(F action, const OperatorOptions& options) const {
  static_assert(call::Takes<F, K, V>, "Weir: peek needs a callable over (key, value) or (value)");
  return {graph_, add<PeekNode<K, V, F>>(options, "peek", {}, action), key_changed_};
}

template <class K, class V>
template <class F>
void Stream<K, V>::for_each(F action, const OperatorOptions& options) const {
  static_assert(call::Takes<F, K, V>, "Weir: for_each needs a callable over (key, value) or (value)");
  add<PeekNode<K, V, F>>(options, "for_each", {}, action);
}

template <class K, class V>
template <class K2, class V2, class P>
Stream<K2, V2> Stream<K, V>::process(P processor, const ProcessorOptions& options) const {
  using Context = ProcessorContext<K2, V2>;
  static_assert(ProcessorOf<P, Context, K, V>,
                "Weir: process<K2, V2> needs a class with process(ProcessorContext<K2, V2>&, const ProcessorRecord<K, "
                "V>&), or a callable that takes them");
  const auto stores = graph_->with_histories(options.stores);
  const NodeIndex node = add<ProcessorWith<P, Context, K, V>>(OperatorOptions{options.name, options.on_error},
                                                              "process", stores, processor, stores);
  graph_->set_has_timers(node);
  return rekeyed<K2, V2>(node);
}

template <class K, class V>
template <class V2, class P>
Stream<K, V2> Stream<K, V>::process_values(P processor, const ProcessorOptions& options) const {
  using Context = FixedKeyContext<V2>;
  static_assert(ProcessorOf<P, Context, K, V>,
                "Weir: process_values<V2> needs a class with process(FixedKeyContext<V2>&, const ProcessorRecord<K, "
                "V>&), or a callable that takes them");
  const auto stores = graph_->with_histories(options.stores);
  const NodeIndex node = add<ProcessorWith<P, Context, K, V>>(OperatorOptions{options.name, options.on_error},
                                                              "process_values", stores, processor, stores);
  graph_->set_has_timers(node);
  return derived<K, V2>(node, key_changed_);
}

template <class K, class V>
template <class V2>
auto Stream<K, V>::merge(const Stream<K, V2>& other, const OperatorOptions& options) const {
  static_assert(std::same_as<plain_t<V>, plain_t<V2>>, "Weir: merge needs two streams of the same types");
  if (graph_ != other.graph_) throw TopologyError("merge: the two streams come from different builders");
  using Merged = std::conditional_t<is_nullable<V>, V, V2>;
  NodeIndex node =
      graph_->add_node(options.name, "merge", {node_, other.node_}, [] { return std::make_unique<PassNode>(); });
  bool any = key_changed_ == KeyChanged::yes || other.key_changed_ == KeyChanged::yes;
  return derived<K, Merged>(node, KeyChanged(any));
}

template <class K, class V>
template <class... Predicates>
std::array<Stream<K, V>, sizeof...(Predicates) + 1> Stream<K, V>::split(Predicates... predicates) const {
  static_assert((call::Tests<Predicates, K, V> && ...),
                "Weir: split needs predicates over (key, value) or (value) that give a bool");
  NodeIndex splitting = add<SplitNode<K, V, Predicates...>>(OperatorOptions{}, "split", {}, std::tuple(predicates...));
  auto branch = [&](std::size_t) {
    NodeIndex node = graph_->add_node("", "branch", {splitting}, [] { return std::make_unique<PassNode>(); });
    graph_->set_numbered_by_place(node);
    return Stream(graph_, node, key_changed_);
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Stream, sizeof...(Predicates) + 1>{branch(I)...};
  }
  (std::make_index_sequence<sizeof...(Predicates) + 1>{});
}

template <class K, class V>
Stream<K, V> Stream<K, V>::repartition(const RepartitionOptions<K, V>& options) const {
  static_assert(!std::same_as<K, NoKey>, "Weir: repartition needs a key: select one first");
  Graph::Repartition repartition{options.name, options.partitions, key_ops<K>(), &type_ops<plain_t<V>>(),
                                 is_nullable<V>};
  if (options.partition.choose()) {
    repartition.make_sink = [choose = options.partition.choose()](const std::string& topic, const SinkTypes& types) {
      return make_sink<K, V>(topic, TopicOwner::application, types, choose);
    };
  }
  NodeIndex node = graph_->add_repartition(node_, std::move(repartition));
  return {graph_, node, KeyChanged::no};
}

template <class K, class V>
NodeIndex Stream<K, V>::by_key(const std::string& name, NullKeys null_keys, SharesTopic shares) const {
  static_assert(!std::same_as<K, NoKey>, "Weir: this operation needs a key: select one first (select_key, group_by)");
  if (key_changed_ == KeyChanged::no) return node_;
  const Graph::Repartition repartition{.name = name,
                                       .partitions = {},
                                       .key = key_ops<K>(),
                                       .value = &type_ops<plain_t<V>>(),
                                       .takes_null_values = is_nullable<V>,
                                       .takes_null_keys = null_keys == NullKeys::yes,
                                       .may_lack_keys = is_nullable<K>};
  const bool is_shared = graph_->optimizations().shared_repartitions && shares == SharesTopic::yes;
  return is_shared ? graph_->share_repartition(node_, repartition) : graph_->add_repartition(node_, repartition);
}

template <class K, class V>
GroupedStream<K, V> Stream<K, V>::group_by_key(const OperatorOptions& options) const {
  static_assert(!std::same_as<K, NoKey>, "Weir: group_by_key needs a key: use group_by");
  return {*this, options.name, SharesTopic(options.name.empty())};
}

template <class K, class V>
template <class F>
auto Stream<K, V>::group_by(F selector, const OperatorOptions& options) const {
  static_assert(call::Gives<F, K, V>, "Weir: group_by needs a callable over (key, value) or (value) giving a key");
  using Grouped = GroupedStream<call::Result<F, K, V>, V>;
  // Nothing else stands on this operator: there is nobody to share with.
  return Grouped(select_key(std::move(selector)), options.name, SharesTopic::no);
}

template <class K, class V>
Table<plain_t<K>, plain_t<V>> Stream<K, V>::to_table(const StoreOptions& options) const {
  return Table<plain_t<K>, plain_t<V>>::from(graph_, by_key(options.store), "to_table", options);
}

template <class K, class V>
template <JoinKind kKind, class R, class F>
auto Stream<K, V>::join_table(NodeIndex table, F joiner, const char* operation, const TableJoinOptions& options) const {
  using Right = std::conditional_t<kKind == JoinKind::inner, const R&, const R*>;
  static_assert(
      call::Takes<F, K, plain_t<V>, Right>,
      "Weir: a join needs a joiner over (value, row) or (key, value, row); in a left join `row` is a pointer, "
      "null where the table has none");
  using V2 = call::Result<F, K, plain_t<V>, Right>;
  using JoinNode = StreamTableJoinWith<K, plain_t<V>, R, kKind, F>;
  NodeIndex from = by_key(options.name, NullKeys(kKind == JoinKind::left && is_nullable<K>));
  if constexpr (IsOwned<plain_t<V>>) {
    if (options.grace) from = held(from, table, operation, options);
  } else if (options.grace) {
    throw TopologyError(std::string(operation) +
                        ": records wait in a join with a grace: use a type of values that owns its parts");
  }
  const RowsAsOf as_of{graph_->history_ms(table).has_value()};
  NodeIndex node = graph_->add_node(
      options.name, operation, {from},
      [joiner, as_of] { return std::make_unique<JoinNode>(joiner, key_ops<K>(), as_of); }, {},
      guarding(options.on_error));
  graph_->look_up(node, table);
  return derived<K, V2>(node, KeyChanged::no);
}

template <class K, class V>
NodeIndex Stream<K, V>::held(NodeIndex from, NodeIndex table, const char* operation,
                             const TableJoinOptions& options) const {
  using Value = owned_t<plain_t<V>>;
  const std::int64_t grace_ms = options.grace->count();
  const auto history_ms = graph_->history_ms(table);
  if (!history_ms) throw TopologyError(std::string(operation) + ": grace needs a versioned table");
  if (grace_ms < 0 || grace_ms > *history_ms) {
    throw TopologyError(std::string(operation) + ": a grace of " + std::to_string(grace_ms) +
                        " ms does not lie within the table's history of " + std::to_string(*history_ms) + " ms");
  }
  StoreSpec spec;
  spec.key = key_ops<K>();
  spec.value = &type_ops<HeldRecord<Value>>();
  std::string store = graph_->add_store(options.store, from, "waiting", spec);
  return graph_->add_node(
      Graph::named_as(options.store, "hold"), "hold", {from},
      [store, grace_ms] { return std::make_unique<HoldWith<Value>>(store, key_ops<K>(), grace_ms); }, {store});
}

template <class K, class V>
template <class K2, class R, Deletes kDeletes, class F>
auto Stream<K, V>::join(const Table<K2, R, kDeletes>& table, F joiner, const TableJoinOptions& options) const {
  static_assert(std::same_as<owned_t<plain_t<K>>, owned_t<K2>>, "Weir: join needs a table with the stream's key type");
  return join_table<JoinKind::inner, R>(table.node_, std::move(joiner), "join", options);
}

template <class K, class V>
template <class K2, class R, Deletes kDeletes, class F>
auto Stream<K, V>::left_join(const Table<K2, R, kDeletes>& table, F joiner, const TableJoinOptions& options) const {
  static_assert(std::same_as<owned_t<plain_t<K>>, owned_t<K2>>,
                "Weir: left_join needs a table with the stream's key type");
  return join_table<JoinKind::left, R>(table.node_, std::move(joiner), "left_join", options);
}

template <class K, class V>
void Stream<K, V>::to(const std::string& topic, const SinkOptions<K, V>& options) const {
  const SinkTypes types{key_ops<K>(), &type_ops<plain_t<V>>()};
  auto make = [topic, types, choose = options.partition.choose()] {
    return make_sink<K, V>(topic, TopicOwner::user, types, choose);
  };
  const NodeIndex sink = graph_->add_sink(options.name, node_, topic, std::move(make), guarding(options.on_error));
  if (options.partition.choose()) graph_->set_has_partitioner(sink);
}

template <class K, class V>
template <class F>
requires(!std::convertible_to<F, std::string>) void Stream<K, V>::to(F topic_of,
                                                                     const SinkOptions<K, V>& options) const {
  static_assert(call::Takes<F, K, V>,
                "Weir: to needs a topic's name, or a callable over (key, value) or (value) that gives one");
  add<TopicChoiceNode<K, V, F>>(OperatorOptions{options.name, options.on_error}, "to", {}, topic_of,
                                SinkTypes{key_ops<K>(), &type_ops<plain_t<V>>()}, options.partition.choose());
}

}  // namespace weir::streams
