// SessionStream<K, V>: a grouped stream in sessions: what it is counted, reduced or aggregated to is a table by key and
// session, whose ends are the times of its first and its last record. A session that grows is deleted and comes back
// with its new ends. Records without a key are dropped; those without a value are aggregated.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "streams/dsl/grouped.h"
#include "streams/dsl/session_nodes.h"
#include "streams/dsl/windowed.h"
#include "streams/topology/windowing_checks.h"

namespace weir::streams {

template <class K, class V>
class SessionStream {
 public:
  template <class A>
  using SessionTable = Table<Windowed<plain_t<K>>, A>;

  // When results come out: at every update (the default), or once, when the session is closed.
  SessionStream emit(Emit when) const {
    SessionStream copy = *this;
    copy.emit_ = when;
    return copy;
  }

  SessionTable<std::int64_t> count(const StoreOptions& options = {}) const {
    return make<std::int64_t>("count", options, [e = emit_](std::string store, const SessionWindowing& w) {
      return std::make_unique<SessionCountNode>(std::move(store), w, e, windowed_key_ops<plain_t<K>>());
    });
  }

  // As GroupedStream::reduce; sessions that meet are reduced with the earlier one as the aggregate.
  template <class F>
  auto reduce(F reducer, const StoreOptions& options = {}) const {
    using A = owned_t<plain_t<V>>;
    static_assert(std::same_as<A, plain_t<V>>, "Weir: reduce of sessions needs a value type that owns its parts");
    static_assert(std::invocable<F&, A&, const V&>,
                  "Weir: reduce needs a callable over (aggregate, value), both of the stream's value type");
    return make<A>("reduce", options, [reducer, e = emit_](std::string store, const SessionWindowing& w) {
      return std::make_unique<SessionReduceWith<V, A, F>>(reducer, std::move(store), w, e,
                                                          windowed_key_ops<plain_t<K>>());
    });
  }

  // As GroupedStream::aggregate. `merger` takes two aggregates, that of the earlier sessions first, and gives the one
  // of both; what `init` gives must make no difference to it.
  template <class Init, class F, class Merge>
  auto aggregate(Init init, F aggregator, Merge merger, const StoreOptions& options = {}) const {
    using A = std::remove_cvref_t<std::invoke_result_t<Init&>>;
    static_assert(Aggregator<F, K, V, A>,
                  "Weir: aggregate needs a callable over (value, aggregate) or (key, value, aggregate)");
    static_assert(!call::takes_swapped<F, plain_t<V>, A>(),
                  "Weir: aggregate's callable takes its aggregate before the value: it is given (value, aggregate)");
    static_assert(std::is_invocable_r_v<A, Merge&, const A&, const A&>,
                  "Weir: aggregate of sessions needs a merger over two aggregates that gives one");
    return make<A>("aggregate", options,
                   [init, aggregator, merger, e = emit_](std::string store, const SessionWindowing& w) {
                     return std::make_unique<SessionAggregateWith<K, V, A, Init, F, Merge>>(
                         init, aggregator, merger, std::move(store), w, e, windowed_key_ops<plain_t<K>>());
                   });
  }

 private:
  template <class, class>
  friend class GroupedStream;

  SessionStream(GroupedStream<K, V> grouped, SessionWindowing windowing)
      : grouped_(std::move(grouped)), windowing_(windowing) {}

  template <class A, class MakeNode>
  SessionTable<A> make(const char* operation, const StoreOptions& options, MakeNode make_node) const {
    static_assert(IsOwned<A>,
                  "Weir: an aggregate is kept: use a type that owns its parts (std::string, not string_view)");
    StoreSpec spec;
    spec.kind = StoreKind::window;
    spec.key = key_ops<K>();
    spec.value = &type_ops<SessionRow<A>>();
    spec.in_memory = options.in_memory;
    const SessionWindowing kept = keeping(windowing_, operation, options.retention, spec);
    auto table = grouped_.template add<A, Deletes::yes, Windowed<plain_t<K>>>(
        operation, options, spec, [make_node, kept](std::string store) { return make_node(std::move(store), kept); });
    table.graph_->set_windows(table.node_, window_spec(windowing_, emit_));
    table.graph_->set_closing(table.node_, windowing_.retention_ms());
    return table;
  }

  GroupedStream<K, V> grouped_;
  SessionWindowing windowing_;
  Emit emit_ = Emit::on_update;
};

template <class K, class V>
SessionStream<K, V> GroupedStream<K, V>::windowed_by(const SessionWindows& windows) const {
  check_windowing(windows.windowing());
  return {*this, windows.windowing()};
}

}  // namespace weir::streams
