// WindowedStream<K, V>: a grouped stream in windows of time: what it is counted, reduced or aggregated to is a table by
// key and window. Records without a key are dropped; those without a value are aggregated, but for sliding windows.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "streams/dsl/grouped.h"
#include "streams/operators/sliding_aggregate_node.h"
#include "streams/topology/windowing_checks.h"

namespace weir::streams {

// Which node aggregates in which windows.
template <class Windowing>
struct WindowedBase;
template <>
struct WindowedBase<TimeWindowing> {
  using Node = WindowAggregateNode;
  static constexpr bool kTakesNullValues = true;
};
template <>
struct WindowedBase<SlidingWindowing> {
  using Node = SlidingAggregateNode;
  static constexpr bool kTakesNullValues = false;
};

// `windowing` with rows that are found as long as they are to be kept; `spec`, that of their store, keeps them.
template <class Windowing>
Windowing keeping(Windowing windowing, const std::string& operation, std::optional<Millis> retention, StoreSpec& spec) {
  windowing.kept_ms = checked_retention_ms(operation, retention, windowing.least_kept_ms());
  spec.retention_ms = std::max(windowing.retention_ms(), windowing.kept_ms);
  return windowing;
}

template <class K, class V, class Windowing>
class WindowedStream {
 public:
  using Base = typename WindowedBase<Windowing>::Node;
  // What is aggregated: in sliding windows, records without a value are dropped.
  using Value = std::conditional_t<WindowedBase<Windowing>::kTakesNullValues, V, plain_t<V>>;

  template <class A, Deletes kDeletes>
  using WindowedTable = Table<Windowed<plain_t<K>>, A, kDeletes>;

  // When results come out: at every update (the default), or once, when the window is closed. TopologyError for windows
  // that never close.
  WindowedStream emit(Emit when) const {
    check_emit(windowing_, when);
    WindowedStream copy = *this;
    copy.emit_ = when;
    return copy;
  }

  WindowedTable<std::int64_t, Deletes::no> count(const StoreOptions& options = {}) const {
    return make<std::int64_t, Deletes::no>("count", options, [e = emit_](std::string store, const Windowing& w) {
      return std::make_unique<WindowCount<Base>>(std::move(store), w, e, windowed_key_ops<plain_t<K>>());
    });
  }

  // As GroupedStream::reduce and ::aggregate. A value that may be null is handed over as std::optional.
  template <class F>
  auto reduce(F reducer, const StoreOptions& options = {}) const {
    using A = owned_t<plain_t<V>>;
    static_assert(std::invocable<F&, A&, const Value&>,
                  "Weir: reduce needs a callable over (aggregate, value), both of the stream's value type");
    using Given = std::remove_cvref_t<std::invoke_result_t<F&, A&, const Value&>>;
    constexpr Deletes kDeletes = Deletes(is_nullable<Given> || is_nullable<Value>);
    return make<A, kDeletes>("reduce", options, [reducer, e = emit_](std::string store, const Windowing& w) {
      return std::make_unique<ReduceWith<Base, Value, A, F>>(reducer, std::move(store), w, e,
                                                             windowed_key_ops<plain_t<K>>());
    });
  }

  template <class Init, class F>
  auto aggregate(Init init, F aggregator, const StoreOptions& options = {}) const {
    using A = std::remove_cvref_t<std::invoke_result_t<Init&>>;
    static_assert(Aggregator<F, K, Value, A>,
                  "Weir: aggregate needs a callable over (value, aggregate) or (key, value, aggregate)");
    static_assert(!call::takes_swapped<F, plain_t<Value>, A>(),
                  "Weir: aggregate's callable takes its aggregate before the value: it is given (value, aggregate)");
    return make<A, Deletes(may_delete<F, K, Value, A>())>(
        "aggregate", options, [init, aggregator, e = emit_](std::string store, const Windowing& w) {
          return std::make_unique<AggregateWith<Base, K, Value, A, Init, F>>(init, aggregator, std::move(store), w, e,
                                                                             windowed_key_ops<plain_t<K>>());
        });
  }

 private:
  template <class, class>
  friend class GroupedStream;

  WindowedStream(GroupedStream<K, V> grouped, Windowing windowing)
      : grouped_(std::move(grouped)), windowing_(windowing) {}

  template <class A, Deletes kDeletes, class MakeNode>
  WindowedTable<A, kDeletes> make(const char* operation, const StoreOptions& options, MakeNode make_node) const {
    static_assert(IsOwned<A>,
                  "Weir: an aggregate is kept: use a type that owns its parts (std::string, not string_view)");
    StoreSpec spec;
    spec.kind = StoreKind::window;
    spec.key = key_ops<K>();
    spec.value = &type_ops<A>();
    spec.in_memory = options.in_memory;
    const Windowing kept = keeping(windowing_, operation, options.retention, spec);
    auto table = grouped_.template add<A, kDeletes, Windowed<plain_t<K>>>(
        operation, options, spec, [make_node, kept](std::string store) { return make_node(std::move(store), kept); });
    table.graph_->set_windows(table.node_, window_spec(windowing_, emit_));
    if (spec.retention_ms != TimeWindowing::kForever) table.graph_->set_closing(table.node_, windowing_.grace_ms);
    return table;
  }

  GroupedStream<K, V> grouped_;
  Windowing windowing_;
  Emit emit_ = Emit::on_update;
};

template <class K, class V>
WindowedStream<K, V, TimeWindowing> GroupedStream<K, V>::windowed_by(const TimeWindows& windows) const {
  check_windowing(windows.windowing());
  return {*this, windows.windowing()};
}

template <class K, class V>
WindowedStream<K, V, SlidingWindowing> GroupedStream<K, V>::windowed_by(const SlidingWindows& windows) const {
  check_windowing(windows.windowing());
  return {*this, windows.windowing()};
}

}  // namespace weir::streams
