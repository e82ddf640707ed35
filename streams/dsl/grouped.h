// GroupedStream<K, V>: a stream whose records are taken together by key: what it is counted, reduced or aggregated to
// is a table. Records without a key or without a value are dropped. For windows of time see dsl/windowed.h.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "streams/dsl/options.h"
#include "streams/dsl/stateful_nodes.h"
#include "streams/dsl/table.h"
#include "streams/dsl/type_table.h"

namespace weir::streams {

WEIR_FLAG(SharesTopic);

template <class K, class V, class Windowing>
class WindowedStream;
template <class K, class V>
class SessionStream;
template <class K, class A, Deletes kDeletes>
class CogroupedStream;

template <class K, class V>
class GroupedStream {
 public:
  using Value = plain_t<V>;

  Table<plain_t<K>, std::int64_t, Deletes::no> count(const StoreOptions& options = {}) const {
    return make<std::int64_t, Deletes::no>("count", options, [](std::string store) {
      return std::make_unique<CountNode>(std::move(store), key_ops<K>());
    });
  }

  // `reducer`: (V& aggregate, const V& value), or (const V& aggregate, const V& value) giving the new aggregate, or an
  // optional whose absence deletes. The first value is taken as it is.
  template <class F>
  auto reduce(F reducer, const StoreOptions& options = {}) const {
    using A = owned_t<Value>;
    static_assert(std::invocable<F&, A&, const Value&>,
                  "Weir: reduce needs a callable over (aggregate, value), both of the stream's value type");
    using Given = std::remove_cvref_t<std::invoke_result_t<F&, A&, const Value&>>;
    return make<A, Deletes(is_nullable<Given>)>("reduce", options, [reducer](std::string store) {
      return std::make_unique<ReduceWith<AggregateNode, Value, A, F>>(reducer, std::move(store), key_ops<K>());
    });
  }

  // `init` gives the aggregate of a new key; `aggregator` takes (key, value, A&) or (value, A&) and edits it, or takes
  // a const A& and gives the new one, or an optional whose absence deletes.
  template <class Init, class F>
  auto aggregate(Init init, F aggregator, const StoreOptions& options = {}) const {
    using A = std::remove_cvref_t<std::invoke_result_t<Init&>>;
    static_assert(Aggregator<F, K, Value, A>,
                  "Weir: aggregate needs a callable over (value, aggregate) or (key, value, aggregate)");
    static_assert(!call::takes_swapped<F, plain_t<Value>, A>(),
                  "Weir: aggregate's callable takes its aggregate before the value: it is given (value, aggregate)");
    return make<A, Deletes(may_delete<F, K, Value, A>())>("aggregate", options, [init, aggregator](std::string store) {
      return std::make_unique<AggregateWith<AggregateNode, K, Value, A, Init, F>>(init, aggregator, std::move(store),
                                                                                  key_ops<K>());
    });
  }

  // The first of several streams that are aggregated to one A a key: see dsl/cogroup.h. `aggregator` as above.
  template <class A, class F>
  auto cogroup(F aggregator) const;

  // Windows whose numbers make no sense are a TopologyError.
  WindowedStream<K, V, TimeWindowing> windowed_by(const TimeWindows& windows) const;
  WindowedStream<K, V, SlidingWindowing> windowed_by(const SlidingWindows& windows) const;
  SessionStream<K, V> windowed_by(const SessionWindows& windows) const;

 private:
  template <class, class>
  friend class Stream;
  template <class, class, class>
  friend class WindowedStream;
  template <class, class>
  friend class SessionStream;
  template <class, class, Deletes>
  friend class CogroupedStream;

  GroupedStream(Stream<K, V> stream, std::string name, SharesTopic shares)
      : stream_(std::move(stream)), name_(std::move(name)), shares_(shares) {}

  const std::shared_ptr<Graph>& graph() const { return stream_.graph_; }
  static Guarding guarding(const std::optional<ErrorPolicy>& on_error) { return Stream<K, V>::guarding(on_error); }
  // Several aggregations of one grouping share its repartition topic.
  NodeIndex by_key(const std::string& store) const {
    if (!*by_key_) *by_key_ = stream_.by_key(name_.empty() ? store : name_, {}, shares_);
    return **by_key_;
  }

  template <class A, Deletes kDeletes, class MakeNode>
  Table<plain_t<K>, A, kDeletes> make(const char* operation, const StoreOptions& options, MakeNode make_node) const {
    static_assert(IsOwned<A>,
                  "Weir: an aggregate is kept: use a type that owns its parts (std::string, not string_view)");
    StoreSpec spec;
    spec.key = key_ops<K>();
    spec.value = &type_ops<A>();
    spec.in_memory = options.in_memory;
    return add<A, kDeletes, plain_t<K>>(operation, options, spec, std::move(make_node));
  }

  template <class A, Deletes kDeletes, class ResultKey, class MakeNode>
  Table<ResultKey, A, kDeletes> add(const char* operation, const StoreOptions& options, const StoreSpec& spec,
                                    MakeNode make_node) const {
    return Table<ResultKey, A, kDeletes>::aggregated(stream_.graph_, by_key(options.store), operation, options, spec,
                                                     std::move(make_node), guarding(options.on_error));
  }

  Stream<K, V> stream_;
  std::string name_;
  SharesTopic shares_;
  // shared by the copies of this handle: the topic is made when the first aggregation needs it
  std::shared_ptr<std::optional<NodeIndex>> by_key_ = std::make_shared<std::optional<NodeIndex>>();
};

}  // namespace weir::streams
