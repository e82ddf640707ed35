// Patterns that come as data: a topic of rules, which may change while an application runs.
//
//   auto rules = builder.pattern_rules<Payment>("payment-rules");
//   builder.stream<std::string, Payment>("payments")
//       .detect(rules, {.store = "fraud"})
//       .map_values([](const ws::RuleMatch<Payment>& match) { return match.rule + " v" + std::to_string(match.version);
//       }) .to("alerts");
//
// A record of the topic is a rule as JSON (operators/pattern/rules/rule.h) under its id, or null under the id of one
// that is withdrawn. docs/patterns.md, "Rules that change", says what holds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "streams/dsl/builder.h"
#include "streams/dsl/event_fields.h"
#include "streams/dsl/pattern.h"
#include "streams/dsl/rule_match.h"
#include "streams/operators/pass_node.h"
#include "streams/operators/pattern/rules/rule_table.h"
#include "streams/operators/pattern/rules/rules_node.h"

namespace weir::streams {

// The rules of a topic, for events of type V: structs that are named to WEIR_JSON, or JsonEvent.
template <class V>
class PatternRules {
 public:
  const std::string& topic() const { return topic_; }

 private:
  friend class Builder;
  template <class K2, class V2>
  friend class Stream;

  PatternRules(std::string topic, std::string table) : topic_(std::move(topic)), table_(std::move(table)) {}

  std::string topic_;
  std::string table_;
};

template <class V>
PatternRules<V> Builder::pattern_rules(const std::string& topic, const GlobalTableOptions& options) {
  static_assert(HasFields<V>, "Weir: rules are for structs that are named to WEIR_JSON, or for JsonEvent");
  std::string table = options.name.empty() ? topic + "-table" : options.name;
  add_rule_table(topic, table, options.in_memory, &fields_of<V>);
  return {topic, std::move(table)};
}

// What the matches of rules are, as of `Detection`.
template <class K, class V>
class RuleDetection : public Stream<K, RuleMatch<V>> {
 public:
  // Partial matches whose time was over, as far as they came, with the time at which it was.
  Stream<K, RuleMatch<V>> timed_out(const OperatorOptions& options = {}) const {
    return this->template derived<K, RuleMatch<V>>(
        this->graph_->add_node(options.name, "timed_out", {detecting_}, [] { return std::make_unique<PassNode>(); }),
        KeyChanged::no);
  }

 private:
  template <class, class>
  friend class Stream;
  RuleDetection(std::shared_ptr<Graph> graph, NodeIndex matched, NodeIndex detecting)
      : Stream<K, RuleMatch<V>>(std::move(graph), matched, KeyChanged::no), detecting_(detecting) {}

  NodeIndex detecting_;
};

template <class V>
struct RulesRowOf {
  cep::RulesRow row;
};

template <class V>
struct Serde<RulesRowOf<V>> {
  static bool decode(Bytes bytes, RulesRowOf<V>& reuse) { return reuse.row.decode(type_ops<V>(), bytes); }
  static Bytes encode(const RulesRowOf<V>& of, OwnedBytes& scratch) { return of.row.encode(scratch); }
  static std::size_t heap_bytes(const RulesRowOf<V>& of) { return of.row.heap_bytes(); }
};

template <class V>
class DetectRulesWith final : public RulesNode {
 public:
  DetectRulesWith(RulesDetecting detecting, const TypeOps* key)
      : RulesNode(std::move(detecting), &fields_of<V>, key, type_ops<V>()) {}

 private:
  cep::RulesRow& row_of(void* value) override { return static_cast<RulesRowOf<V>*>(value)->row; }

  const void* match_of(std::span<const cep::TakenEvent> events, const cep::Automaton& automaton,
                       const cep::Rule& rule) override {
    match_.rule = rule.id;
    match_.version = rule.version;
    match_.severity = rule.severity;
    match_.labels = rule.labels;
    fill(match_, events, automaton);
    return &match_;
  }

  RuleMatch<V> match_;  // used again
};

template <class K, class V>
RuleDetection<plain_t<K>, plain_t<V>> Stream<K, V>::detect(const PatternRules<plain_t<V>>& rules,
                                                           const DetectRulesOptions& options) const {
  using Event = plain_t<V>;
  static_assert(IsOwned<Event>, "Weir: detect keeps events: use a type of values that owns its parts");
  const NodeIndex from = by_key(options.store);
  StoreSpec spec;
  spec.key = key_ops<K>();
  spec.value = &type_ops<RulesRowOf<Event>>();
  spec.in_memory = options.in_memory;
  const std::string store = graph_->add_store(options.store, from, "detect", spec);
  StoreSpec of_book;
  of_book.key = key_ops<std::string>();
  of_book.value = &type_ops<std::string>();
  of_book.in_memory = options.in_memory;
  const std::string book =
      graph_->add_store(options.store.empty() ? std::string() : options.store + "-rules", from, "rules", of_book);
  RulesDetecting settings = rules_detecting(options);
  settings.store = store;
  settings.book = book;
  settings.table = rules.table_;
  const NodeIndex node = graph_->add_node(
      Graph::named_as(options.store, "detect"), "detect", {from},
      [settings] { return std::make_unique<DetectRulesWith<Event>>(settings, key_ops<K>()); }, {store, book},
      guarding(options.on_error));
  graph_->look_up_global(node, rules.table_);
  graph_->set_pattern(node, outline_of(rules.topic(), options));
  if (options.idle_timeout) graph_->set_has_timers(node);
  const NodeIndex matched = graph_->add_node("", "matched", {node}, [] { return std::make_unique<PassNode>(); });
  return {graph_, matched, node};
}

}  // namespace weir::streams
