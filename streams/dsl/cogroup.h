// CogroupedStream<K, A>: several grouped streams that are aggregated to one table: a row a key, to which every stream
// adds with an aggregator of its own (KIP-150):
//
//   orders.group_by_key().cogroup<Account>(add_order).cogroup(payments.group_by_key(), add_payment)
//       .aggregate([] { return Account{}; }, {.store = "accounts"});
//
// Keys that no input has seen have no row. Records without a key are dropped, without windows and in sliding ones those
// without a value, too; else they are aggregated. The inputs need the same number of partitions, where they do not go
// through a repartition topic. In windows the time is that of all inputs together: what one input brings closes windows
// of the others.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "streams/dsl/cogroup_nodes.h"
#include "streams/dsl/sessions.h"
#include "streams/dsl/windowed.h"

namespace weir::streams {

// What is cogrouped: for each input where its records come by key, and what they do to the aggregate.
template <class A>
struct CogroupInputs {
  struct Input {
    std::function<NodeIndex(const std::string& name)> by_key;  // `name`: of a repartition topic, if there is one
    CogroupUpdate<A> update;
    Guarding (*guarding)(const std::optional<ErrorPolicy>& on_error);  // with the types of its records
  };

  std::shared_ptr<Graph> graph;  // shared by all handles of one builder
  std::vector<Input> inputs;

  // `make_node` takes the store's name and an input's update, and gives the node that aggregates it. `closes_after_ms`:
  // how long after their ends windows close, if they do.
  template <class ResultKey, Deletes kDeletes, class MakeNode>
  Table<ResultKey, A, kDeletes> table(const StoreOptions& options, StoreSpec spec,
                                      std::optional<std::int64_t> closes_after_ms, std::optional<WindowSpec> windows,
                                      MakeNode make_node) const {
    static_assert(IsOwned<A>,
                  "Weir: an aggregate is kept: use a type that owns its parts (std::string, not string_view)");
    spec.value = spec.value == nullptr ? &type_ops<A>() : spec.value;
    spec.in_memory = options.in_memory;
    std::vector<NodeIndex> parents;
    std::vector<std::function<std::unique_ptr<Node>(const std::string& store)>> makers;
    std::vector<Guarding> guardings;
    for (const Input& input : inputs) {
      // Each input has a repartition topic of its own.
      const std::string number = std::to_string(parents.size() + 1);
      parents.push_back(input.by_key(options.store.empty() ? "" : options.store + "-" + number));
      makers.push_back([make_node, update = input.update](const std::string& store) -> std::unique_ptr<Node> {
        return make_node(store, update);
      });
      guardings.push_back(input.guarding(options.on_error));
    }
    auto table = Table<ResultKey, A, kDeletes>::cogrouped(graph, parents, options, spec, makers, guardings);
    if (closes_after_ms) graph->set_closing(table.node_, *closes_after_ms);
    if (windows) graph->set_windows(table.node_, *std::move(windows));
    return table;
  }
};

// Tumbling, hopping, unlimited and sliding windows.
template <class K, class A, Deletes kDeletes, class Windowing>
class WindowedCogroup {
 public:
  using Base = typename WindowedBase<Windowing>::Node;

  // As WindowedStream::emit.
  WindowedCogroup emit(Emit when) const {
    check_emit(windowing_, when);
    WindowedCogroup copy = *this;
    copy.emit_ = when;
    return copy;
  }

  template <class Init>
  Table<Windowed<plain_t<K>>, A, kDeletes> aggregate(Init init, const StoreOptions& options = {}) const {
    StoreSpec spec;
    spec.kind = StoreKind::window;
    spec.key = key_ops<K>();
    auto make_node = [init, w = keeping(windowing_, "cogroup", options.retention, spec), e = emit_](
                         std::string store, CogroupUpdate<A> update) {
      return std::make_unique<CogroupWith<Base, A, Init>>(init, std::move(update), std::move(store), w, e,
                                                          windowed_key_ops<plain_t<K>>());
    };
    std::optional<std::int64_t> closes_after_ms;
    if (spec.retention_ms != TimeWindowing::kForever) closes_after_ms = windowing_.grace_ms;
    return inputs_.template table<Windowed<plain_t<K>>, kDeletes>(options, spec, closes_after_ms,
                                                                  window_spec(windowing_, emit_), make_node);
  }

 private:
  template <class, class, Deletes>
  friend class CogroupedStream;

  WindowedCogroup(CogroupInputs<A> inputs, Windowing windowing) : inputs_(std::move(inputs)), windowing_(windowing) {}

  CogroupInputs<A> inputs_;
  Windowing windowing_;
  Emit emit_ = Emit::on_update;
};

template <class K, class A>
class SessionCogroup {
 public:
  // As SessionStream::emit.
  SessionCogroup emit(Emit when) const {
    SessionCogroup copy = *this;
    copy.emit_ = when;
    return copy;
  }

  // `merger` as that of SessionStream::aggregate.
  template <class Init, class Merge>
  Table<Windowed<plain_t<K>>, A> aggregate(Init init, Merge merger, const StoreOptions& options = {}) const {
    static_assert(std::is_invocable_r_v<A, Merge&, const A&, const A&>,
                  "Weir: aggregate of sessions needs a merger over two aggregates that gives one");
    StoreSpec spec;
    spec.kind = StoreKind::window;
    spec.key = key_ops<K>();
    spec.value = &type_ops<SessionRow<A>>();
    auto make_node = [init, merger, w = keeping(windowing_, "cogroup", options.retention, spec), e = emit_](
                         std::string store, CogroupUpdate<A> update) {
      return std::make_unique<SessionCogroupWith<A, Init, Merge>>(init, std::move(update), merger, std::move(store), w,
                                                                  e, windowed_key_ops<plain_t<K>>());
    };
    return inputs_.template table<Windowed<plain_t<K>>, Deletes::yes>(options, spec, windowing_.retention_ms(),
                                                                      window_spec(windowing_, emit_), make_node);
  }

 private:
  template <class, class, Deletes>
  friend class CogroupedStream;

  SessionCogroup(CogroupInputs<A> inputs, SessionWindowing windowing)
      : inputs_(std::move(inputs)), windowing_(windowing) {}

  CogroupInputs<A> inputs_;
  SessionWindowing windowing_;
  Emit emit_ = Emit::on_update;
};

template <class K, class A, Deletes kDeletes>
class CogroupedStream {
 public:
  // A further stream. `aggregator` as that of GroupedStream::aggregate: over (value, aggregate) or (key, value,
  // aggregate), editing in place or giving the new aggregate, or an optional whose absence deletes.
  template <class V, class F>
  auto cogroup(const GroupedStream<K, V>& other, F aggregator) const {
    static_assert(Aggregator<F, K, V, A>,
                  "Weir: cogroup needs a callable over (value, aggregate) or (key, value, aggregate)");
    static_assert(!call::takes_swapped<F, plain_t<V>, A>(),
                  "Weir: cogroup's callable takes its aggregate before the value: it is given (value, aggregate)");
    if (inputs_.graph != nullptr && inputs_.graph != other.graph()) {
      throw TopologyError("cogroup: the streams come from different builders");
    }
    CogroupInputs<A> inputs = inputs_;
    inputs.graph = other.graph();
    inputs.inputs.push_back({[other](const std::string& name) { return other.by_key(name); },
                             [aggregator](A& aggregate, const Record& record) mutable {
                               return aggregated<K, V>(aggregator, record, aggregate);
                             },
                             [](const std::optional<ErrorPolicy>& on_error) {
                               return GroupedStream<K, V>::guarding(on_error);
                             }});
    constexpr bool kMayDelete = kDeletes == Deletes::yes || may_delete<F, K, V, A>();
    return CogroupedStream<K, A, Deletes(kMayDelete)>(std::move(inputs));
  }

  // `init` gives the aggregate of a new key.
  template <class Init>
  Table<plain_t<K>, A, kDeletes> aggregate(Init init, const StoreOptions& options = {}) const {
    StoreSpec spec;
    spec.key = key_ops<K>();
    auto make_node = [init](std::string store, CogroupUpdate<A> update) {
      return std::make_unique<CogroupWith<AggregateNode, A, Init>>(init, std::move(update), std::move(store),
                                                                   key_ops<K>());
    };
    return inputs_.template table<plain_t<K>, kDeletes>(options, spec, std::nullopt, std::nullopt, make_node);
  }

  // Windows whose numbers make no sense are a TopologyError.
  WindowedCogroup<K, A, kDeletes, TimeWindowing> windowed_by(const TimeWindows& windows) const {
    check_windowing(windows.windowing());
    return {inputs_, windows.windowing()};
  }
  WindowedCogroup<K, A, kDeletes, SlidingWindowing> windowed_by(const SlidingWindows& windows) const {
    check_windowing(windows.windowing());
    return {inputs_, windows.windowing()};
  }
  SessionCogroup<K, A> windowed_by(const SessionWindows& windows) const {
    check_windowing(windows.windowing());
    return {inputs_, windows.windowing()};
  }

 private:
  template <class, class>
  friend class GroupedStream;
  template <class, class, Deletes>
  friend class CogroupedStream;

  explicit CogroupedStream(CogroupInputs<A> inputs) : inputs_(std::move(inputs)) {}

  CogroupInputs<A> inputs_;
};

template <class K, class V>
template <class A, class F>
auto GroupedStream<K, V>::cogroup(F aggregator) const {
  return CogroupedStream<K, A, Deletes::no>({}).cogroup(*this, std::move(aggregator));
}

}  // namespace weir::streams
