// The bodies of Stream::map_async.
#pragma once

#include "streams/dsl/async_nodes.h"
#include "streams/dsl/stream.h"

namespace weir::streams {

inline AsyncSpec async_spec(const AsyncOptions& options) {
  const bool is_per_key = options.order == ResultOrder::per_key;
  return {is_per_key ? "per_key" : "of_records", static_cast<std::int64_t>(options.max_in_flight),
          options.timeout.count(), std::nullopt};
}

template <class K, class V>
AsyncNode::Settings Stream<K, V>::async_settings(const AsyncOptions& options) const {
  const std::string where = "map_async" + (options.name.empty() ? "" : " '" + options.name + "'") + " below '" +
                            graph_->name_of(node_) + "': ";
  if (options.max_in_flight < 1) throw TopologyError(where + "max_in_flight must be at least 1");
  if (options.timeout < Millis(1)) throw TopologyError(where + "the timeout must be at least 1 ms");
  if (options.threads < 1) throw TopologyError(where + "threads must be at least 1");
  AsyncNode::Settings settings{options.order, options.max_in_flight, options.timeout.count(), nullptr};
  if (options.order == ResultOrder::of_records) return settings;
  if constexpr (!std::same_as<plain_t<K>, NoKey> && HasSerde<plain_t<K>>) {
    settings.key = key_ops<K>();
    return settings;
  }
  throw TopologyError(where + "results in the order of each key need a key that has a Serde");
}

template <class K, class V>
template <class V2, class F>
Stream<K, V2> Stream<K, V>::map_async(F callable, const AsyncOptions& options) const {
  static_assert(IsOwned<plain_t<V2>>, "Weir: a result outlives its record: use a type that owns its parts");
  static_assert(call::Takes<F, K, V, AsyncResult<V2>>,
                "Weir: map_async<V2> needs a callable over (value, result) or (key, value, result), `result` being an "
                "AsyncResult<V2>; a function that blocks and gives a value goes without a type: map_async(f)");
  const NodeIndex node = add<MapAsyncNode<K, V, V2, F>>(OperatorOptions{options.name, options.on_error}, "map_async",
                                                        {}, async_settings(options), callable);
  graph_->set_async(node, async_spec(options));
  return {graph_, node, key_changed_};
}

template <class K, class V>
template <class F>
auto Stream<K, V>::map_async(F function, const AsyncOptions& options) const {
  static_assert(call::Gives<F, K, V>,
                "Weir: map_async needs a function over (key, value) or (value) that gives a value; for a callable that "
                "answers later name the type: map_async<V2>(f)");
  using V2 = call::Result<F, K, V>;
  static_assert(IsOwned<plain_t<V2>>, "Weir: a result outlives its record: use a type that owns its parts");
  const NodeIndex node = add<MapBlockingNode<K, V, V2, F>>(
      OperatorOptions{options.name, options.on_error}, "map_async", {}, async_settings(options),
      std::make_shared<F>(std::move(function)), std::make_shared<WorkPool>(options.threads));
  AsyncSpec spec = async_spec(options);
  spec.threads = options.threads;
  graph_->set_async(node, spec);
  return derived<K, V2>(node, key_changed_);
}

}  // namespace weir::streams
