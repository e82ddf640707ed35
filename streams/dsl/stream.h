// Stream<K, V>: a flow of independent records. A handle: every operation adds a node to the topology and gives a handle
// of what comes out of it. Callables take (key, value) or (value) (see dsl/call.h); they are copied, once for each
// task.
//
// Timestamps and headers pass unchanged. Operations that may change the key mark the stream: a grouping or join below
// then goes through a repartition topic.
#pragma once

#include <array>
#include <ranges>
#include <utility>

#include "streams/dsl/async.h"
#include "streams/dsl/cogroup.h"
#include "streams/dsl/detect_options.h"
#include "streams/dsl/detect_rules_options.h"
#include "streams/dsl/global_table.h"
#include "streams/dsl/grouped.h"
#include "streams/dsl/join_windows.h"
#include "streams/dsl/options.h"
#include "streams/dsl/sessions.h"
#include "streams/dsl/table.h"
#include "streams/dsl/windowed.h"

namespace weir::streams {

WEIR_FLAG(NullKeys);

template <class K, class V>
class Detection;
template <class V>
class PatternRules;
template <class K, class V>
class RuleDetection;

template <class K, class V>
class Stream {
 public:
  using Key = K;
  using Value = V;

  // A stream without nulls may stand where one is expected that may have them.
  template <class K2, class V2>
  requires(!std::same_as<Stream<K2, V2>, Stream<K, V>> &&
           (std::same_as<K2, K> || std::same_as<std::optional<K2>, K>)&&(std::same_as<V2, V> ||
                                                                         std::same_as<std::optional<V2>, V>))
      Stream(const Stream<K2, V2>& other)
      : graph_(other.graph_), node_(other.node_), key_changed_(other.key_changed_) {}

  // Keeps the records for which the predicate holds (filter) or does not hold (filter_not).
  template <class F>
  Stream filter(F predicate, const OperatorOptions& options = {}) const;
  template <class F>
  Stream filter_not(F predicate, const OperatorOptions& options = {}) const;

  // One record for one record: a std::pair of key and value, a value, or a key.
  template <class F>
  auto map(F mapper, const OperatorOptions& options = {}) const;
  template <class F>
  auto map_values(F mapper, const OperatorOptions& options = {}) const;
  template <class F>
  auto select_key(F selector, const OperatorOptions& options = {}) const;

  // One value for one record, worked on beside others: by a function over (key, value) or (value) that may block, on
  // threads of its own, several at once; or by a callable (value, result) or (key, value, result) that begins the work,
  // and gives the result later, from any thread (dsl/async.h). Key, timestamp and headers stay. What comes later than
  // its time-out, or as an error, is the policy's. Commits wait for what is in flight. TopologyError if the options
  // make no sense.
  template <class F>
  auto map_async(F function, const AsyncOptions& options = {}) const;
  template <class V2, class F>
  Stream<K, V2> map_async(F callable, const AsyncOptions& options = {}) const;

  // Any number of records for one: a range of pairs, or of values. `flat_map_values<V2>` takes a callable
  // (value, emit) or (key, value, emit) and calls `emit(v2)` for each.
  template <class F>
  auto flat_map(F mapper, const OperatorOptions& options = {}) const;
  template <class F>
  auto flat_map_values(F mapper, const OperatorOptions& options = {}) const;
  template <class V2, class F>
  Stream<K, V2> flat_map_values(F mapper, const OperatorOptions& options = {}) const;

  // Side effects: they happen again for records that are processed again after a crash.
  template <class F>
  Stream peek(F action, const OperatorOptions& options = {}) const;
  template <class F>
  void for_each(F action, const OperatorOptions& options = {}) const;

  // An operator of one's own (dsl/processor.h), which forwards K2 and V2. `process` may change the key; what
  // `process_values` forwards keeps it. Processors that name the same store share a stage and its tasks.
  template <class K2, class V2, class P>
  Stream<K2, V2> process(P processor, const ProcessorOptions& options = {}) const;
  template <class V2, class P>
  Stream<K, V2> process_values(P processor, const ProcessorOptions& options = {}) const;

  // Records of both, in no order between them. A null that one of the two may have, the result may have.
  template <class V2>
  auto merge(const Stream<K, V2>& other, const OperatorOptions& options = {}) const;

  // One stream a predicate, and one for the rest: a record goes to the first whose predicate holds.
  //   auto [errors, warnings, rest] = logs.split(is_error, is_warning);
  template <class... Predicates>
  std::array<Stream, sizeof...(Predicates) + 1> split(Predicates... predicates) const;

  // Through a topic, so that each key's records come together in one task. Records without a key are dropped.
  Stream repartition(const RepartitionOptions<K, V>& options = {}) const;

  GroupedStream<K, V> group_by_key(const OperatorOptions& options = {}) const;
  template <class F>
  auto group_by(F selector, const OperatorOptions& options = {}) const;

  // The last value of each key; null deletes, records without a key are dropped.
  Table<plain_t<K>, plain_t<V>> to_table(const StoreOptions& options = {}) const;

  // Joins each record with the row that the table has for its key at that moment; of a versioned table with the one
  // that it had at the record's time (KIP-914, KIP-923). `joiner` takes (value, row) or (key, value, row); left_join
  // hands over a pointer that is null where there is no row. Both sides must have the same number of partitions. Null
  // values are dropped, in `join` null keys too.
  template <class K2, class R, Deletes kDeletes, class F>
  auto join(const Table<K2, R, kDeletes>& table, F joiner, const TableJoinOptions& options = {}) const;
  template <class K2, class R, Deletes kDeletes, class F>
  auto left_join(const Table<K2, R, kDeletes>& table, F joiner, const TableJoinOptions& options = {}) const;

  // Joins each record with the row that a global table has for another key: `key_of` takes (key, value) or (value) and
  // gives it, or an optional. `joiner` as above. The record keeps its own key. Null values are dropped, in `join` also
  // records for which there is no such key or no row; in left_join `row` is null then, but for records that have a key
  // of their own and are given none for the table: they are dropped (as in Kafka Streams, KIP-962).
  template <class K2, class R, class KeyOf, class F>
  auto join(const GlobalTable<K2, R>& table, KeyOf key_of, F joiner, const OperatorOptions& options = {}) const;
  template <class K2, class R, class KeyOf, class F>
  auto left_join(const GlobalTable<K2, R>& table, KeyOf key_of, F joiner, const OperatorOptions& options = {}) const;

  // Joins records of two streams that have the same key and times near each other: `windows` is within(), with its
  // grace. `joiner` takes (left, right) or (key, left, right). left_join also gives each record of this stream that has
  // no partner, once its window and the grace are over, and hands over `right` as a pointer that may be null;
  // outer_join those of both streams, and hands over both as pointers. Both streams must have the same number of
  // partitions. Null values are dropped; a record without a key is dropped, too, or has no partner. The store's name
  // with "-left" and "-right" behind it names the two buffers; an inner join of a stream with itself within equal
  // distances has one, with "-self". Windows whose numbers make no sense are a TopologyError. (KIP-633)
  template <class K2, class W, class F>
  auto join(const Stream<K2, W>& right, F joiner, const JoinWindows& windows, const StoreOptions& options = {}) const;
  template <class K2, class W, class F>
  auto left_join(const Stream<K2, W>& right, F joiner, const JoinWindows& windows,
                 const StoreOptions& options = {}) const;
  template <class K2, class W, class F>
  auto outer_join(const Stream<K2, W>& right, F joiner, const JoinWindows& windows,
                  const StoreOptions& options = {}) const;

  // Finds a pattern (dsl/pattern.h) among the events of each key, in the order of their times. What comes out are the
  // matches; `timed_out()` of it gives those that were not completed in their time. Records without a key or a value
  // are dropped. TopologyError if the pattern or the options make no sense. docs/patterns.md.
  Detection<plain_t<K>, plain_t<V>> detect(const Pattern<plain_t<V>>& pattern, const DetectOptions& options = {}) const;
  // The same of rules that come as data and may change (dsl/pattern_rules.h, <weir/pattern_rules.h>).
  RuleDetection<plain_t<K>, plain_t<V>> detect(const PatternRules<plain_t<V>>& rules,
                                               const DetectRulesOptions& options = {}) const;

  // Writes to a topic, which must exist. Null is written as null. With a callable over (key, value) or (value) that
  // gives the topic's name each record chooses.
  void to(const std::string& topic, const SinkOptions<K, V>& options = {}) const;
  template <class F>
  requires(!std::convertible_to<F, std::string>) void to(F topic_of, const SinkOptions<K, V>& options = {}) const;

 private:
  template <class, class>
  friend class Stream;
  template <class, class, Deletes>
  friend class Table;
  template <class, class>
  friend class GroupedStream;
  template <class, class>
  friend class Detection;
  template <class, class>
  friend class RuleDetection;
  friend class Builder;

  Stream(std::shared_ptr<Graph> graph, NodeIndex node, KeyChanged key_changed)
      : graph_(std::move(graph)), node_(node), key_changed_(key_changed) {}

  template <class NodeType, class... Args>
  NodeIndex add(const OperatorOptions& options, const char* operation, std::vector<std::string> stores,
                Args... args) const {
    return graph_->add_node(
        options.name, operation, {node_}, [args...] { return std::make_unique<NodeType>(args...); }, std::move(stores),
        guarding(options.on_error));
  }
  // With the types of the records, where they can be written and read.
  static Guarding guarding(const std::optional<ErrorPolicy>& on_error) {
    if constexpr ((std::same_as<plain_t<K>, NoKey> || HasSerde<plain_t<K>>)&&HasSerde<plain_t<V>>) {
      if (on_error) return {on_error, key_ops<K>(), &type_ops<plain_t<V>>()};
    }
    return {on_error};
  }
  AsyncNode::Settings async_settings(const AsyncOptions& options) const;
  template <class K2, class V2>
  Stream<K2, V2> derived(NodeIndex node, KeyChanged key_changed) const {
    return {graph_, node, key_changed};
  }
  template <class K2, class V2>
  Stream<K2, V2> rekeyed(NodeIndex node) const {
    graph_->set_changes_key(node);
    return {graph_, node, KeyChanged::yes};
  }
  // The node below which a key's records are together: this one, or that behind a repartition topic.
  NodeIndex by_key(const std::string& name, NullKeys null_keys = NullKeys::no,
                   SharesTopic shares = SharesTopic::yes) const;
  template <bool kLeftOuter, bool kRightOuter, class K2, class W, class F>
  auto join_stream(const Stream<K2, W>& right, F joiner, const char* operation, const JoinWindows& windows,
                   const StoreOptions& options) const;
  template <JoinKind kKind, class K2, class R, class KeyOf, class F>
  auto join_global(const GlobalTable<K2, R>& table, KeyOf key_of, F joiner, const char* operation,
                   const OperatorOptions& options) const;
  template <JoinKind kKind, class R, class F>
  auto join_table(NodeIndex table, F joiner, const char* operation, const TableJoinOptions& options) const;
  // The node below which records have waited for a versioned table: behind `from`.
  NodeIndex held(NodeIndex from, NodeIndex table, const char* operation, const TableJoinOptions& options) const;

  std::shared_ptr<Graph> graph_;  // shared by all handles of one builder
  NodeIndex node_;
  KeyChanged key_changed_;
};

}  // namespace weir::streams

#include "streams/dsl/async_impl.h"
#include "streams/dsl/detect_impl.h"
#include "streams/dsl/global_join_impl.h"
#include "streams/dsl/stream_impl.h"
#include "streams/dsl/stream_join_impl.h"
