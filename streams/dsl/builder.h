// Builder: where a topology begins.
#pragma once

#include <memory>
#include <string>

#include "streams/dsl/global_store.h"
#include "streams/dsl/stream.h"
#include "streams/dsl/topics.h"
#include "streams/dsl/versioned_store.h"
#include "streams/dsl/window_stores.h"

namespace weir::streams {

namespace cep {
class FieldTable;
}

struct BuilderOptions {
  Compat compat = Compat::documented;  // which meaning operators have where Kafka Streams 3.9 departs from its rules
  Optimizations optimizations = no_optimizations;  // or all_optimizations, or some (dsl/optimizations.h)
};

class Builder {
 public:
  explicit Builder(const BuilderOptions& options = {})
      : graph_(std::make_shared<Graph>(options.compat, options.optimizations)) {}

  // The records of a topic, or of several (dsl/topics.h), which must exist. A key or value of a type that is not
  // optional drops null where it is decoded, and counts it. Two streams of the same topics are the same stream;
  // TopologyError for two that share some of their topics only.
  //
  // Several topics are taken in the order of their records' times, as far as they are known. Their partitions with the
  // same number are one task, of which there are as many as the largest topic has partitions; where operators below
  // keep rows by key, a run begins only if all topics have the same number (invalid_config).
  //
  // Of a pattern those topics are read that match it when an application starts, which may be none, and those that come
  // while it runs (AppOptions::topics_interval), from their beginnings; never the application's own, nor those that the
  // log keeps for itself. A run ends if a topic is there that another stream reads, too (invalid_config).
  template <class K, class V>
  Stream<K, V> stream(const Topics& topics, const SourceOptions<K, V>& options = {}) {
    return {graph_, source<K, V>(topics, options), KeyChanged::no};
  }

  // The last value of each key of a topic; null deletes.
  template <class K, class V>
  Table<K, V> table(const std::string& topic, const StoreOptions& store = {},
                    const SourceOptions<K, std::optional<V>>& options = {}) {
    static_assert(!is_nullable<K> && !std::same_as<K, NoKey>, "Weir: a table's keys are never null");
    if (options.start == Start::end) {
      throw TopologyError("table of topic " + topic + ": it would lack the rows that are there");
    }
    return Table<K, V>::from(graph_, source<K, std::optional<V>>(topic, options), "table", store);
  }

  // The last value of each key of a topic, of all its partitions, in every task: complete before the first record is
  // processed, and kept up from then on, once a thread. No partitions need to be equal, no time is kept between it and
  // the streams that look rows up.
  template <class K, class V>
  GlobalTable<K, V> global_table(const std::string& topic, const GlobalTableOptions& options = {}) {
    static_assert(!is_nullable<K> && !std::same_as<K, NoKey>, "Weir: a table's keys are never null");
    static_assert(!is_nullable<V>, "Weir: a table's value type is without optional: a null is a deletion");
    static_assert(IsOwned<V>, "Weir: a table keeps its values: use a type that owns them (std::string)");
    if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
    GlobalTableSpec spec{options.name, topic, key_ops<K>(), &type_ops<V>()};
    spec.store.key = spec.key;
    spec.store.value = spec.value;
    spec.store.in_memory = options.in_memory;
    return {graph_, graph_->add_global_table(std::move(spec))};
  }

  // A store in every task, as `global_table`, that holds what `processor` makes of a topic's records: it is handed each
  // of them, of all partitions, once a thread, and writes into its store (dsl/global_store.h); what the program's other
  // processors find there by `context.global_store` they can only read. There is no changelog: a restart reads on,
  // through the processor, from where a store on disk stands, else from the beginning. So what the processor writes
  // must follow from the records, and be the same whatever partition comes first. S is KeyValueStore,
  // TimestampedKeyValueStore, WindowStore, SessionStore or a class of one's own. TopologyError if the name is taken.
  // (Kafka's addGlobalStore)
  template <class S, class K, class V, class P>
  void add_global_store(const std::string& topic, P processor, const GlobalStoreOptions& options) {
    static_assert(
        ProcessorOf<P, GlobalContext, K, V>,
        "Weir: add_global_store needs a class with process(GlobalContext&, const ProcessorRecord<K, V>&), or a "
        "callable over the same");
    if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
    GlobalTableSpec spec{options.store, topic, key_ops<K>(), &type_ops<plain_t<V>>()};
    spec.store = store_spec<S>({options.store, options.in_memory, options.retention});
    spec.store.in_memory = spec.store.in_memory || spec.store.kind != StoreKind::key_value;
    spec.takes_null_keys = is_nullable<K> || std::same_as<K, NoKey>;
    spec.takes_null_values = is_nullable<V>;
    spec.skips_errors = options.on_error.kind() == ErrorPolicy::Kind::skip;
    if (!spec.skips_errors && options.on_error.kind() != ErrorPolicy::Kind::fail) {
      throw TopologyError("global store " + options.store + ": its processor can fail or skip, and nothing else");
    }
    spec.make_filler = [name = options.store, processor] {
      return std::make_unique<GlobalFillerWith<P, K, V>>(name, processor);
    };
    graph_->add_global_store(std::move(spec));
  }

  // The rules of a topic for `Stream::detect`: patterns that come as data and change while the application runs. V is a
  // struct that is named to WEIR_JSON, or JsonEvent. The topic, which must exist, has any number of partitions and is
  // read by every thread, as that of a global table (`options` are as there; without a name the table is called as the
  // topic, with "-table" behind it). What is no rule for such events is left out, counted (Statistics::refused_rules)
  // and told in the log: the version before it stays. #include <weir/pattern_rules.h>
  template <class V>
  PatternRules<V> pattern_rules(const std::string& topic, const GlobalTableOptions& options = {});

  // A store for processors, which name it in their options: KeyValueStore<K, V>, TimestampedKeyValueStore<K, V>,
  // WindowStore<K, V>, SessionStore<K, V>, VersionedStore<K, V>, or a class of one's own (derived from state::Store,
  // made of its name). TopologyError if the name is taken, or if a retention is missing.
  template <class S>
  void add_store(const AddStoreOptions& options) {
    for (StoreSpec& spec : store_specs<S>(options)) graph_->add_store(std::move(spec));
  }

  // What has been described so far. TopologyError (a std::invalid_argument) if it makes no sense.
  Topology build() const { return graph_->build(); }

 private:
  template <class S>
  static std::vector<StoreSpec> store_specs(const AddStoreOptions& options) {
    if constexpr (std::derived_from<S, state::Store>) {
      static_assert(std::constructible_from<S, std::string>, "Weir: a store of one's own is made of its name");
      StoreSpec spec;
      spec.name = options.store;
      spec.kind = StoreKind::custom;
      spec.has_changelog = !options.without_changelog;
      spec.make = [](const std::string& name) {
        return std::make_unique<S>(name);
      };
      return {spec};
    } else {
      return S::specs(options);
    }
  }
  // Of a store that is one.
  template <class S>
  static StoreSpec store_spec(const AddStoreOptions& options) {
    std::vector<StoreSpec> specs = store_specs<S>(options);
    if (specs.size() != 1) throw TopologyError("store '" + options.store + "': versions cannot be global");
    return specs.front();
  }

  void add_rule_table(const std::string& topic, const std::string& table, bool in_memory,
                      std::shared_ptr<const cep::FieldTable> (*make_fields)());

  template <class K, class V>
  NodeIndex source(const Topics& topics, const SourceOptions<K, V>& options) {
    SourceSpec spec;
    spec.topics = topics.names();
    spec.pattern = topics.pattern();
    spec.key = key_ops<K>();
    spec.value = &type_ops<plain_t<V>>();
    spec.takes_null_keys = is_nullable<K> || std::same_as<K, NoKey>;
    spec.takes_null_values = is_nullable<V>;
    spec.starts_at_end = options.start == Start::end;
    spec.timestamp = options.timestamp.extractor();
    const NodeIndex node = graph_->add_source(options.name, std::move(spec));
    graph_->set_decode_errors(node, options.on_error);
    return node;
  }

  std::shared_ptr<Graph> graph_;  // shared by the handles, which may outlive the builder
};

}  // namespace weir::streams
