// The body of Stream::detect, and the node that knows the type of the events.
#pragma once

#include "streams/dsl/detection.h"
#include "streams/dsl/stream.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/pattern/detect_node.h"

namespace weir::streams {

template <class V>
struct PatternRowOf {
  cep::PatternRow row;
};

template <class V>
struct Serde<PatternRowOf<V>> {
  static bool decode(Bytes bytes, PatternRowOf<V>& reuse) { return reuse.row.decode(type_ops<V>(), bytes); }
  static Bytes encode(const PatternRowOf<V>& of, OwnedBytes& scratch) { return of.row.encode(scratch); }
  static std::size_t heap_bytes(const PatternRowOf<V>& of) { return of.row.heap_bytes(); }
};

// What is there already is used again.
template <class V>
void fill(Match<V>& match, std::span<const cep::TakenEvent> events, const cep::Automaton& automaton) {
  match.events.resize(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    match.events[i].step = automaton.steps[events[i].step];
    match.events[i].event = *static_cast<const V*>(events[i].event);
    match.events[i].timestamp_ms = events[i].timestamp_ms;
  }
}

template <class V>
class DetectWith final : public DetectNode {
 public:
  DetectWith(Detecting detecting, std::shared_ptr<const cep::Automaton> automaton,
             std::vector<cep::Condition> conditions, const TypeOps* key)
      : DetectNode(std::move(detecting), std::move(automaton), std::move(conditions), key, type_ops<V>()) {}

 private:
  cep::PatternRow& row_of(void* value) override { return static_cast<PatternRowOf<V>*>(value)->row; }

  const void* match_of(std::span<const cep::TakenEvent> events, const cep::Automaton& automaton) override {
    fill(match_, events, automaton);
    return &match_;
  }

  Match<V> match_;  // used again
};

template <class K, class V>
Detection<plain_t<K>, plain_t<V>> Stream<K, V>::detect(const Pattern<plain_t<V>>& pattern,
                                                       const DetectOptions& options) const {
  using Event = plain_t<V>;
  static_assert(IsOwned<Event>, "Weir: detect keeps events: use a type of values that owns its parts");
  const auto automaton = automaton_of(pattern.spec());
  const NodeIndex from = by_key(options.store);
  StoreSpec spec;
  spec.key = key_ops<K>();
  spec.value = &type_ops<PatternRowOf<Event>>();
  spec.in_memory = options.in_memory;
  spec.has_changelog = !options.without_changelog;
  const std::string store = graph_->add_store(options.store, from, "detect", spec);
  const Detecting settings = detecting(options, store);
  const NodeIndex node = graph_->add_node(
      Graph::named_as(options.store, "detect"), "detect", {from},
      [settings, automaton, conditions = pattern.spec().conditions] {
        return std::make_unique<DetectWith<Event>>(settings, automaton, conditions, key_ops<K>());
      },
      {store}, guarding(options.on_error));
  graph_->set_pattern(node, outline_of(pattern.spec(), options));
  if (options.idle_timeout) graph_->set_has_timers(node);
  const NodeIndex matched = graph_->add_node("", "matched", {node}, [] { return std::make_unique<PassNode>(); });
  return {graph_, matched, node};
}

}  // namespace weir::streams
