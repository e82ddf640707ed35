// GroupedStream<K, V>: a stream whose records are taken together by key: what it is counted, reduced or aggregated to
// is a table. WindowedStream: the same in windows of time, giving a table by key and window.
//
// Not windowed, records without a key or without a value are dropped; in windows, records without a key.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "streams/dsl/options.h"
#include "streams/dsl/stateful_nodes.h"
#include "streams/dsl/table.h"
#include "streams/dsl/type_table.h"

namespace weir::streams {

template <class K, class V>
class WindowedStream;

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
    return make<A, Deletes(may_delete<F, K, Value, A>())>("aggregate", options, [init, aggregator](std::string store) {
      return std::make_unique<AggregateWith<AggregateNode, K, Value, A, Init, F>>(init, aggregator, std::move(store),
                                                                                  key_ops<K>());
    });
  }

  WindowedStream<K, V> windowed_by(const TimeWindows& windows) const;

 private:
  template <class, class>
  friend class Stream;
  template <class, class>
  friend class WindowedStream;

  GroupedStream(Stream<K, V> stream, std::string name) : stream_(std::move(stream)), name_(std::move(name)) {}

  // Several aggregations of one grouping share its repartition topic.
  NodeIndex by_key(const std::string& store) const {
    if (!*by_key_) *by_key_ = stream_.by_key(name_.empty() ? store : name_);
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
                                                     std::move(make_node));
  }

  Stream<K, V> stream_;
  std::string name_;
  // shared by the copies of this handle: the topic is made when the first aggregation needs it
  std::shared_ptr<std::optional<NodeIndex>> by_key_ = std::make_shared<std::optional<NodeIndex>>();
};

template <class K, class V>
class WindowedStream {
 public:
  template <class A, Deletes kDeletes>
  using WindowedTable = Table<Windowed<plain_t<K>>, A, kDeletes>;

  // When results come out: at every update (the default), or once, when the window is closed. TopologyError for windows
  // that never close.
  WindowedStream emit(Emit when) const {
    if (when == Emit::on_close && windowing_.is_unlimited()) {
      throw TopologyError("emit on close: unlimited windows never close");
    }
    WindowedStream copy = *this;
    copy.emit_ = when;
    return copy;
  }

  WindowedTable<std::int64_t, Deletes::no> count(const StoreOptions& options = {}) const {
    return make<std::int64_t, Deletes::no>("count", options, [w = windowing_, e = emit_](std::string store) {
      return std::make_unique<WindowCountNode>(std::move(store), w, e, keys());
    });
  }

  // As GroupedStream::reduce and ::aggregate. A value that may be null is handed over as std::optional.
  template <class F>
  auto reduce(F reducer, const StoreOptions& options = {}) const {
    using A = owned_t<plain_t<V>>;
    static_assert(std::invocable<F&, A&, const V&>,
                  "Weir: reduce needs a callable over (aggregate, value), both of the stream's value type");
    using Given = std::remove_cvref_t<std::invoke_result_t<F&, A&, const V&>>;
    constexpr Deletes kDeletes = Deletes(is_nullable<Given> || is_nullable<V>);
    return make<A, kDeletes>("reduce", options, [reducer, w = windowing_, e = emit_](std::string store) {
      return std::make_unique<ReduceWith<WindowAggregateNode, V, A, F>>(reducer, std::move(store), w, e, keys());
    });
  }

  template <class Init, class F>
  auto aggregate(Init init, F aggregator, const StoreOptions& options = {}) const {
    using A = std::remove_cvref_t<std::invoke_result_t<Init&>>;
    static_assert(Aggregator<F, K, V, A>,
                  "Weir: aggregate needs a callable over (value, aggregate) or (key, value, aggregate)");
    return make<A, Deletes(may_delete<F, K, V, A>())>(
        "aggregate", options, [init, aggregator, w = windowing_, e = emit_](std::string store) {
          return std::make_unique<AggregateWith<WindowAggregateNode, K, V, A, Init, F>>(init, aggregator,
                                                                                        std::move(store), w, e, keys());
        });
  }

 private:
  template <class, class>
  friend class GroupedStream;

  WindowedStream(GroupedStream<K, V> grouped, TimeWindowing windowing)
      : grouped_(std::move(grouped)), windowing_(windowing) {}

  static WindowedKeyOps keys() {
    using Key = plain_t<K>;
    return {&type_ops<Key>(), &type_ops<Windowed<Key>>(), [](void* windowed, const void* key, Window window) {
              auto* into = static_cast<Windowed<Key>*>(windowed);
              into->key = *static_cast<const Key*>(key);
              into->window = window;
            }};
  }

  template <class A, Deletes kDeletes, class MakeNode>
  WindowedTable<A, kDeletes> make(const char* operation, const StoreOptions& options, MakeNode make_node) const {
    static_assert(IsOwned<A>,
                  "Weir: an aggregate is kept: use a type that owns its parts (std::string, not string_view)");
    StoreSpec spec;
    spec.kind = StoreKind::window;
    spec.key = key_ops<K>();
    spec.value = &type_ops<A>();
    spec.retention_ms = windowing_.retention_ms();
    spec.in_memory = options.in_memory;
    return grouped_.template add<A, kDeletes, Windowed<plain_t<K>>>(operation, options, spec, std::move(make_node));
  }

  GroupedStream<K, V> grouped_;
  TimeWindowing windowing_;
  Emit emit_ = Emit::on_update;
};

template <class K, class V>
WindowedStream<K, V> GroupedStream<K, V>::windowed_by(const TimeWindows& windows) const {
  const TimeWindowing& w = windows.windowing();
  if (w.size_ms <= 0 || w.advance_ms <= 0 || w.advance_ms > w.size_ms || w.grace_ms < 0) {
    throw TopologyError("windows of " + std::to_string(w.size_ms) + " ms every " + std::to_string(w.advance_ms) +
                        " ms with a grace of " + std::to_string(w.grace_ms) +
                        " ms: need 0 < advance <= size and grace >= 0");
  }
  return {*this, w};
}

}  // namespace weir::streams
