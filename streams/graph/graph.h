// Graph: the topology while it is being described; the handles of the language (Stream, Table, ...) share it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "streams/graph/optimizations.h"
#include "streams/operators/sink_node.h"
#include "streams/topology/compat.h"
#include "streams/topology/topology.h"

namespace weir::streams {

// What is to happen when an operator fails; the types are those of its records, if it may have them put off.
struct Guarding {
  std::optional<ErrorPolicy> on_error = {};
  const TypeOps* key = nullptr;
  const TypeOps* value = nullptr;
};

class Graph {
 public:
  explicit Graph(Compat compat = Compat::documented, Optimizations optimizations = {})
      : compat_(compat), optimizations_(optimizations) {}
  Compat compat() const { return compat_; }
  const Optimizations& optimizations() const { return optimizations_; }

  // Reading the same topics twice gives the same node, if the types agree. TopologyError if they do not, if two sources
  // share some topics only, or if a topic has no legal name.
  NodeIndex add_source(const std::string& wanted, SourceSpec spec);
  NodeIndex add_node(const std::string& wanted, const std::string& operation, std::vector<NodeIndex> parents,
                     std::function<std::unique_ptr<Node>()> make, std::vector<std::string> stores = {},
                     const Guarding& guarding = {});
  NodeIndex add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic, TopicOwner owner,
                     SinkTypes types);
  // One that is made by the language: its node is given.
  NodeIndex add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic,
                     std::function<std::unique_ptr<Node>()> make, const Guarding& guarding);
  void set_decode_errors(NodeIndex source, const std::optional<ErrorPolicy>& policy);

  // A topic between two stages: records of `parent` with a key go in, the node that is returned gives them out.
  struct Repartition {
    std::string name;  // empty: derived
    std::optional<std::int32_t> partitions;
    const TypeOps* key;
    const TypeOps* value;
    bool takes_null_values;
    bool takes_null_keys = false;
    const char* operation = "repartition";  // a name is derived from it
    // Not set: the key decides who gets a record.
    std::function<std::unique_ptr<Node>(const std::string& topic, const SinkTypes& types)> make_sink = {};
    bool may_lack_keys = false;  // records of `parent` may have none

    bool drops_null_keys() const { return may_lack_keys && !takes_null_keys; }
  };
  NodeIndex add_repartition(NodeIndex parent, Repartition repartition);
  // One for all that ask for the same below `parent`, or further below it (graph_repartitions.cc); its name is derived.
  NodeIndex share_repartition(NodeIndex parent, Repartition repartition);

  // The store's name: `wanted`, or derived from `parent` and `operation`. TopologyError if it is taken.
  std::string add_store(const std::string& wanted, NodeIndex parent, const std::string& operation, StoreSpec spec);

  // A store that the user named. TopologyError if the name is taken, or no name.
  void add_store(StoreSpec spec);

  // --- tables ---
  // How a node comes by the rows of the table that it gives.
  enum class Rows {
    received,  // it is told every row, and keeps them if a node below looks them up
    computed,  // of each row of the table above
    kept,      // always in its store
    joined,    // of the rows of two tables above
  };
  struct TableNode {
    Rows rows;
    std::vector<NodeIndex> above;                      // tables of which it is computed or joined, or that it shares
    std::string operation;                             // a store's name is derived from it
    StoreSpec store;                                   // that it has, or would have
    std::optional<std::int64_t> closes_after_ms = {};  // of windows that close: so long after their ends
    std::optional<std::int64_t> history_ms = {};       // of a versioned table
  };
  // Makes `node` give a table, which keeps its rows from the beginning if a store is named. Rows::kept: the store is
  // there already.
  void add_table(NodeIndex node, TableNode table, const std::string& store);
  // Makes `table` versioned: it keeps its rows in a store from the beginning, and what they were in one beside it.
  void add_versions(NodeIndex table, const std::string& store, StoreSpec history);
  // How far back the rows of `table` are known; nothing if it is not versioned.
  std::optional<std::int64_t> history_ms(NodeIndex table) const;
  // Names of stores, and those that stand beside them.
  std::vector<std::string> with_histories(std::vector<std::string> stores) const;
  // `node` gives a table computed of a versioned one.
  void set_below_versions(NodeIndex node) { nodes_[node].table.is_below_versions = true; }
  // `node` looks up rows of `table`: they are kept from now on, by it or by those of which it is computed.
  void look_up(NodeIndex node, NodeIndex table);
  enum class Keep { if_kept, always };
  // A node below wants to know what was there before a change. With `if_kept` nothing is kept only for that. True if
  // `table` will say it.
  bool want_old_values(NodeIndex table, Keep keep);
  void set_closing(NodeIndex table, std::int64_t closes_after_ms) {
    tables_.at(table).closes_after_ms = closes_after_ms;
  }
  // How long after their ends the windows of `table` close; nothing if they do not, or if there are none.
  std::optional<std::int64_t> closes_after_ms(NodeIndex table) const;
  // The store that keeps the rows; empty if they are computed.
  const std::string& store_of(NodeIndex table) const { return nodes_[table].table.store; }

  // The name of a table that every task has in full: that in `spec`, or derived from its topic. Reading a topic twice
  // without names gives the same table, if the types agree; TopologyError if a name is taken or types do not agree.
  std::string add_global_table(GlobalTableSpec spec);
  // One that a processor fills. TopologyError if the name is taken, or no name.
  void add_global_store(GlobalTableSpec spec);
  void look_up_global(NodeIndex node, const std::string& table) { nodes_[node].global_tables.push_back(table); }

  void set_has_timers(NodeIndex node) { nodes_[node].has_timers = true; }
  void set_has_partitioner(NodeIndex sink) { nodes_[sink].sink->has_partitioner = true; }
  void set_async(NodeIndex node, AsyncSpec async) { nodes_[node].async = std::move(async); }
  void set_pattern(NodeIndex node, PatternOutline pattern) { nodes_[node].pattern = std::move(pattern); }
  void set_windows(NodeIndex node, WindowSpec windows) { nodes_[node].windows = std::move(windows); }
  // `node` is one of several that a single call made: the number in its name says which.
  void set_numbered_by_place(NodeIndex node) { node_derivations_.at(node).is_numbered_by_place = true; }
  // What an operator that keeps its times under its own name is called: as its store, if the user named that.
  static std::string named_as(const std::string& store, const std::string& operation) {
    return store.empty() ? std::string() : store + "." + operation;
  }
  void set_changes_key(NodeIndex node) { nodes_[node].changes_key = true; }
  const std::string& name_of(NodeIndex node) const { return nodes_[node].name; }
  Topology build() const;

 private:
  // Of a name that nobody chose.
  struct Derivation {
    std::string base;                // the name, before a number was put behind it
    std::optional<NodeIndex> below;  // whose name it begins with
    bool is_numbered_by_place = false;
  };

  bool has_node(const std::string& name) const;
  bool has_store(const std::string& name) const { return stores_.contains(name) || global_tables_.contains(name); }
  std::string free_name(const std::string& base) const;
  std::string chosen_name(const std::string& wanted) const;
  std::string derived_name(NodeIndex parent, const std::string& operation) const;
  std::string derived_store_name(const Derivation& derivation) const;
  using Uses = std::map<std::string, int>;  // how many have a name, or would have it but for a number
  bool depends_on_order(NodeIndex node, const Uses& of_nodes) const;
  RetrySpec add_retries(const std::string& name, const RetryLater& later, const Guarding& guarding,
                        std::vector<NodeIndex>& parents, bool is_pinned);
  void keep(NodeIndex table, const std::string& store);
  std::vector<std::string> stores_under(NodeIndex table);

  // Of a topic that may be shared; `source` gives its records out.
  struct SharedTopic {
    NodeIndex parent;
    Repartition repartition;
    NodeIndex source;
  };
  void hoist_shared_topics();
  std::vector<SharedTopic> equals_of(const SharedTopic& topic) const;
  bool can_stand_below(NodeIndex origin, const SharedTopic& topic) const;
  void share_above(NodeIndex origin, const std::vector<SharedTopic>& topics);
  void drop_topic(NodeIndex source);
  NodeIndex origin_of_records(NodeIndex node) const;
  NodeIndex first_below(NodeIndex origin, NodeIndex node) const;
  bool is_movable_with_all_below(NodeIndex node) const;

  Topology finished() const;
  std::optional<NodeIndex> source_of(NodeIndex table) const;

  const Compat compat_;
  const Optimizations optimizations_;
  std::vector<NodeSpec> nodes_;
  std::map<std::string, StoreSpec> stores_;
  std::map<NodeIndex, TableNode> tables_;
  std::vector<SharedTopic> shared_topics_;
  std::set<NodeIndex> dropped_;  // nodes of topics that became one with another
  std::map<NodeIndex, Derivation> node_derivations_;
  std::map<std::string, Derivation> store_derivations_;
  std::map<std::string, GlobalTableSpec> global_tables_;
};

}  // namespace weir::streams
