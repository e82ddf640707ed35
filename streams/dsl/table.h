// Table<K, V>: the last value of each key. Its changes are a stream in which null means that the key is gone; a table
// that never deletes (a count) gives a stream without nulls.
//
// Rows are kept in a store where the table was given a store's name, where it is the result of an aggregation, and
// where something looks them up; else a table is a lazy view, computed when a row is asked for. Callables take
// (key, value) or (value), never null.
#pragma once

#include <memory>
#include <string>

#include "log/base/strong.h"
#include "streams/dsl/options.h"
#include "streams/dsl/past_row.h"
#include "streams/dsl/type_table.h"
#include "streams/graph/graph.h"
#include "streams/operators/cogroup_node.h"
#include "streams/operators/pass_node.h"
#include "streams/operators/stream_table_join_node.h"
#include "streams/operators/suppress_node.h"
#include "streams/operators/table_join_node.h"
#include "streams/operators/table_node.h"
#include "streams/operators/versioned_table_node.h"

namespace weir::streams {

WEIR_FLAG(KeyChanged);
WEIR_FLAG(Deletes);

template <class K, class V>
class Stream;
template <class K, class V>
class GroupedTable;

template <class K, class V, Deletes kDeletes = Deletes::yes>
class Table {
 public:
  static_assert(!is_nullable<V>, "Weir: a table's value type is without optional: a null is a deletion");
  static_assert(IsOwned<V>, "Weir: a table keeps its values: use a type that owns them (std::string, not string_view)");

  using Key = K;
  using Value = V;
  using Change = std::conditional_t<kDeletes == Deletes::yes, std::optional<V>, V>;

  // A table that never deletes may stand where one is expected that may.
  template <Deletes kOther>
  requires(kDeletes == Deletes::yes && kOther == Deletes::no) Table(const Table<K, V, kOther>& other)
      : graph_(other.graph_), node_(other.node_) {}

  // Every change, as a stream.
  Stream<K, Change> to_stream(const OperatorOptions& options = {}) const {
    NodeIndex node = graph_->add_node(options.name, "to_stream", {node_}, [] { return std::make_unique<PassNode>(); });
    return {graph_, node, KeyChanged::no};
  }

  // The rows for which the predicate holds (filter) or does not hold (filter_not); the others are deletions. A deletion
  // of a row that was not there is left out where the old value is known: above a table whose rows are kept, or where
  // something below asks for old values.
  template <class F>
  Table<K, V> filter(F predicate, const StoreOptions& options = {}) const;
  template <class F>
  Table<K, V> filter_not(F predicate, const StoreOptions& options = {}) const;

  // Another value for each row; an optional whose absence deletes.
  template <class F>
  auto map_values(F mapper, const StoreOptions& options = {}) const;

  // Holds changes back. Until the window is closed: one result for each window, when no record can change it any more;
  // a window without a value gives none. TopologyError if the table's windows never close. Until a time limit: the last
  // change of each key, when the table's time has passed its first one by that much. Time is that of the changes that
  // reach this operator: as long as none comes, none goes.
  Table<K, V, Deletes::no> suppress(const UntilWindowCloses& until, const StoreOptions& options = {}) const;
  Table<K, V, kDeletes> suppress(const UntilTimeLimit& until, const StoreOptions& options = {}) const;

  // By another key, through a topic: `mapper` gives a std::pair of key and value, each of which may be optional: a row
  // for which one is null belongs to no group. What is aggregated of it follows every change: rows that leave a group
  // are subtracted.
  template <class F>
  auto group_by(F mapper, const OperatorOptions& options = {}) const;

  // Joins rows of the same key; changes of both sides trigger, the result has the later of both timestamps. `joiner`
  // takes (left, right) or (key, left, right) and gives a value, or an optional whose absence deletes. left_join keeps
  // rows of this table without a partner and hands over `right` as a pointer that may be null; outer_join keeps those
  // of both tables and hands over both as pointers. Both sides must have the same number of partitions.
  template <class R, Deletes kOther, class F>
  auto join(const Table<K, R, kOther>& right, F joiner, const StoreOptions& options = {}) const;
  template <class R, Deletes kOther, class F>
  auto left_join(const Table<K, R, kOther>& right, F joiner, const StoreOptions& options = {}) const;
  template <class R, Deletes kOther, class F>
  auto outer_join(const Table<K, R, kOther>& right, F joiner, const StoreOptions& options = {}) const;

  // Joins each row with that row of another table to which it refers: `extract` takes (key, value) or (value) and gives
  // the other table's key, or an optional. Changes of both sides trigger: a row of this table has the later of both
  // timestamps, a change of the other table goes to every row that refers to it, with its own timestamp. `joiner` takes
  // (left, right) or (key, left, right); left_join keeps rows that refer to none or to one that is missing, and hands
  // over `right` as a pointer that may be null. An inner join deletes when a row that is gone, or that refers to
  // another key without a row, may have had a result. The tables may have different numbers of partitions, each by its
  // key as Kafka's clients place records, or as a partitioner in the options says. The store's name with
  // "-subscriptions" and "-answers" behind it names the topics in between. Values of this table must always be encoded
  // to the same bytes. (KIP-213)
  template <class KR, class R, Deletes kOther, class Extract, class F>
  requires(!std::same_as<F, StoreOptions>) auto join(const Table<KR, R, kOther>& right, Extract extract, F joiner,
                                                     const ForeignKeyOptions<K, KR>& options = {}) const;
  template <class KR, class R, Deletes kOther, class Extract, class F>
  requires(!std::same_as<F, StoreOptions>) auto left_join(const Table<KR, R, kOther>& right, Extract extract, F joiner,
                                                          const ForeignKeyOptions<K, KR>& options = {}) const;

  // The name of the store that keeps its rows (of a suppressed table: of what it holds back); empty as long as they are
  // computed.
  const std::string& store() const { return graph_->store_of(node_); }

 private:
  template <class, class>
  friend class Stream;
  template <class, class>
  friend class GroupedStream;
  template <class, class>
  friend class GroupedTable;
  template <class, class, class>
  friend class WindowedStream;
  template <class, class>
  friend class SessionStream;
  template <class>
  friend struct CogroupInputs;
  template <class, class, Deletes>
  friend class Table;
  friend class Builder;

  Table(std::shared_ptr<Graph> graph, NodeIndex node) : graph_(std::move(graph)), node_(node) {}

  [[noreturn]] static void refuse_retention(const std::string& operation) {
    throw TopologyError(operation + ": only what is aggregated in windows has a retention");
  }

  // The table that a new node below `parents` gives.
  template <class MakeNode>
  static Table add(std::shared_ptr<Graph> graph, std::vector<NodeIndex> parents, const char* operation,
                   Graph::Rows rows, std::vector<NodeIndex> above, const StoreOptions& options, MakeNode make_node) {
    StoreSpec spec;
    spec.key = key_ops<K>();
    spec.value = &type_ops<V>();
    spec.in_memory = options.in_memory;
    spec.has_changelog = !options.without_changelog;
    if (options.history && rows != Graph::Rows::received) {
      throw TopologyError(std::string(operation) + ": only `table` and `to_table` keep a history");
    }
    if (options.retention) refuse_retention(operation);
    NodeIndex node =
        graph->add_node("", operation, std::move(parents), std::move(make_node), {}, {.on_error = options.on_error});
    graph->add_table(node, {rows, std::move(above), operation, spec}, options.store);
    return {std::move(graph), node};
  }

  // The table of the records that `parent` gives.
  static Table from(std::shared_ptr<Graph> graph, NodeIndex parent, const char* operation,
                    const StoreOptions& options) {
    if (options.history) return versioned(std::move(graph), parent, operation, options);
    return add(std::move(graph), {parent}, operation, Graph::Rows::received, {}, options,
               [] { return std::make_unique<TableNode>(key_ops<K>()); });
  }
  static Table versioned(std::shared_ptr<Graph> graph, NodeIndex parent, const char* operation,
                         const StoreOptions& options) {
    const std::int64_t history_ms = options.history->count();
    if (options.retention) refuse_retention(operation);
    if (history_ms < 1) throw TopologyError(std::string(operation) + ": the history must be at least 1 ms");
    Table table = add(
        std::move(graph), {parent}, operation, Graph::Rows::received, {},
        {.in_memory = options.in_memory, .without_changelog = options.without_changelog, .history = options.history},
        [history_ms] { return std::make_unique<VersionedTableNode>(key_ops<K>(), history_ms, past_ops<V>()); });
    StoreSpec history = history_spec<K, V>(history_ms, options.in_memory);
    history.has_changelog = !options.without_changelog;
    table.graph_->add_versions(table.node_, options.store, std::move(history));
    return table;
  }

  // The table of what is aggregated below `parent`, always kept in its store.
  template <class MakeNode>
  static Table aggregated(std::shared_ptr<Graph> graph, NodeIndex parent, const char* operation,
                          const StoreOptions& options, const StoreSpec& spec, MakeNode make_node,
                          const Guarding& guarding) {
    if (options.history) throw TopologyError(std::string(operation) + ": only `table` and `to_table` keep a history");
    if (options.retention && spec.kind != StoreKind::window) refuse_retention(operation);
    StoreSpec kept = spec;
    kept.has_changelog = !options.without_changelog;
    std::string store = graph->add_store(options.store, parent, operation, kept);
    NodeIndex node = graph->add_node(
        Graph::named_as(options.store, operation), operation, {parent},
        [store, make_node]() -> std::unique_ptr<Node> { return make_node(store); }, {store}, guarding);
    graph->add_table(node, {Graph::Rows::kept, {}, operation, spec}, store);
    return {std::move(graph), node};
  }

  // The table that several nodes aggregate in one store, the i-th of them below `parents[i]`.
  template <class Makers>
  static Table cogrouped(std::shared_ptr<Graph> graph, const std::vector<NodeIndex>& parents,
                         const StoreOptions& options, const StoreSpec& spec, const Makers& makers,
                         const std::vector<Guarding>& guardings) {
    constexpr const char* kOperation = "cogroup";
    if (options.retention && spec.kind != StoreKind::window) refuse_retention(kOperation);
    StoreSpec kept = spec;
    kept.has_changelog = !options.without_changelog;
    std::string store = graph->add_store(options.store, parents.front(), kOperation, kept);
    std::vector<NodeIndex> inputs;
    for (std::size_t i = 0; i < parents.size(); ++i) {
      const std::string number = i == 0 ? "" : "-" + std::to_string(i + 1);
      const std::string name = options.store.empty() ? "" : Graph::named_as(options.store, kOperation) + number;
      inputs.push_back(graph->add_node(
          name, kOperation, {parents[i]}, [store, make = makers[i]] { return make(store); }, {store}, guardings[i]));
      graph->add_table(inputs.back(), {Graph::Rows::kept, {}, kOperation, spec}, store);
    }
    NodeIndex node = graph->add_node("", "together", inputs, [] { return std::make_unique<CogroupNode>(); }, {store});
    graph->add_table(node, {Graph::Rows::kept, inputs, kOperation, spec}, store);
    return {std::move(graph), node};
  }

  template <Deletes kResult>
  Table<K, V, kResult> suppressed(const Suppression& suppression, const StoreOptions& options) const;
  template <bool kExpected, class F>
  Table<K, V> filtered(F predicate, const char* operation, const StoreOptions& options) const;
  template <class V2, class R, class F>
  Table<K, V2> joined(const Table<K, R>& right, F joiner, TableJoinKind kind, const char* operation,
                      const StoreOptions& options) const;

  template <JoinKind kKind, class KR, class R, class Extract, class F>
  auto joined_by_foreign_key(const Table<KR, R>& right, Extract extract, F joiner,
                             const ForeignKeyOptions<K, KR>& options) const;

  std::shared_ptr<Graph> graph_;  // shared by all handles of one builder
  NodeIndex node_;
};

}  // namespace weir::streams
