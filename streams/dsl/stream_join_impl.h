// The bodies of Stream's joins with other streams.
#pragma once

#include "streams/dsl/stream.h"
#include "streams/dsl/stream_join_nodes.h"
#include "streams/topology/windowing_checks.h"

namespace weir::streams {

template <class K, class V>
template <bool kLeftOuter, bool kRightOuter, class K2, class W, class F>
auto Stream<K, V>::join_stream(const Stream<K2, W>& right, F joiner, const char* operation, const JoinWindows& windows,
                               const StoreOptions& options) const {
  static_assert(std::same_as<owned_t<plain_t<K>>, owned_t<plain_t<K2>>>,
                "Weir: a join of streams needs two streams with the same type of keys");
  constexpr bool kKeepsNullKeys = (kLeftOuter && is_nullable<K>) || (kRightOuter && is_nullable<K2>);
  using ResultKey = std::conditional_t<kKeepsNullKeys, std::optional<plain_t<K>>, plain_t<K>>;
  using L = owned_t<plain_t<V>>;
  using R = owned_t<plain_t<W>>;
  using Arguments = JoinerArguments<L, R, kLeftOuter, kRightOuter>;
  static_assert(
      call::Takes<F, ResultKey, typename Arguments::Left, typename Arguments::Right>,
      "Weir: a join of streams needs a joiner over (left, right) or (key, left, right); in a left join `right` "
      "is a pointer that may be null, in an outer join both are");
  if (graph_ != right.graph_)
    throw TopologyError(std::string(operation) + ": the streams come from different builders");
  const JoinWindowing& w = windows.windowing();
  check_windowing(w);

  auto named = [&](const char* side) {
    return options.store.empty() ? std::string() : options.store + side;
  };
  const bool is_self_join = node_ == right.node_;
  const NodeIndex left_from = by_key(named("-left"), NullKeys(kLeftOuter && is_nullable<K>));
  const NodeIndex right_from =
      is_self_join ? left_from : right.by_key(named("-right"), NullKeys(kRightOuter && is_nullable<K2>));
  auto entry = [&](NodeIndex from, JoinSide side, const char* name) {
    return graph_->add_node("", name, {from}, [side] { return std::make_unique<JoinEntryNode>(side); });
  };
  const NodeIndex left_entry = entry(left_from, JoinSide::left, "left");
  const NodeIndex right_entry = entry(right_from, JoinSide::right, "right");

  const Compat compat = graph_->compat();
  auto buffer = [&](NodeIndex from, JoinSide side, const char* name, const TypeOps& row) {
    StoreSpec spec;
    spec.kind = StoreKind::window;
    spec.key = key_ops<K>();
    spec.value = &row;
    spec.retention_ms = w.retention_ms(side);
    if (compat == Compat::kafka) {
      spec.retention_ms = std::max(spec.retention_ms, KafkaJoinTiming::retention_ms(w));
    }
    spec.in_memory = options.in_memory;
    return graph_->add_store(named(name), from, std::string(operation) + name, spec);
  };
  const bool has_one_buffer =
      compat == Compat::documented && is_self_join && !kLeftOuter && !kRightOuter && w.before_ms == w.after_ms;
  const std::string left_buffer =
      buffer(left_from, JoinSide::left, has_one_buffer ? "-self" : "-left", type_ops<JoinRow<L>>());
  const std::string right_buffer =
      has_one_buffer ? left_buffer : buffer(right_from, JoinSide::right, "-right", type_ops<JoinRow<R>>());

  using JoinNode = StreamJoinWith<ResultKey, plain_t<V>, plain_t<W>, kLeftOuter, kRightOuter, F>;
  NodeIndex node = graph_->add_node(Graph::named_as(options.store, operation), operation, {left_entry, right_entry},
                                    [joiner, left_buffer, right_buffer, w, compat] {
                                      return std::make_unique<JoinNode>(joiner, left_buffer, right_buffer, w, compat);
                                    },
                                    {left_buffer, right_buffer}, {.on_error = options.on_error});
  graph_->set_windows(node, window_spec(w));
  using Joined = call::Result<F, ResultKey, typename Arguments::Left, typename Arguments::Right>;
  return derived<ResultKey, Joined>(node, KeyChanged::no);
}

template <class K, class V>
template <class K2, class W, class F>
auto Stream<K, V>::join(const Stream<K2, W>& right, F joiner, const JoinWindows& windows,
                        const StoreOptions& options) const {
  return join_stream<false, false>(right, std::move(joiner), "join", windows, options);
}

template <class K, class V>
template <class K2, class W, class F>
auto Stream<K, V>::left_join(const Stream<K2, W>& right, F joiner, const JoinWindows& windows,
                             const StoreOptions& options) const {
  return join_stream<true, false>(right, std::move(joiner), "left_join", windows, options);
}

template <class K, class V>
template <class K2, class W, class F>
auto Stream<K, V>::outer_join(const Stream<K2, W>& right, F joiner, const JoinWindows& windows,
                              const StoreOptions& options) const {
  return join_stream<true, true>(right, std::move(joiner), "outer_join", windows, options);
}

}  // namespace weir::streams
