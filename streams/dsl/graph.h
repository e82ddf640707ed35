// Graph: the topology while it is being described; the handles of the language (Stream, Table, ...) share it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "streams/topology/topology.h"

namespace weir::streams {

class Graph {
 public:
  // A name that is still free: `wanted` if the user chose it (TopologyError if it is taken), else the parent's name
  // with the operation behind it, and a number if that is taken too.
  std::string name_for(const std::string& wanted, const std::string& parent, const std::string& operation);

  // Reading a topic twice gives the same node, if the types agree; TopologyError if they do not.
  NodeIndex add_source(const std::string& wanted, SourceSpec spec);
  NodeIndex add_node(const std::string& wanted, const std::string& operation, std::vector<NodeIndex> parents,
                     std::function<std::unique_ptr<Node>()> make, std::vector<std::string> stores = {});
  NodeIndex add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic, TopicOwner owner,
                     const TypeOps* key, const TypeOps* value);

  // A topic between two stages: records of `parent` with a key go in, the node that is returned gives them out.
  struct Repartition {
    std::string name;  // empty: derived
    std::optional<std::int32_t> partitions;
    const TypeOps* key;
    const TypeOps* value;
    bool takes_null_values;
  };
  NodeIndex add_repartition(NodeIndex parent, Repartition repartition);

  // The store's name: `wanted`, or derived from `parent` and `operation`. TopologyError if it is taken.
  std::string add_store(const std::string& wanted, NodeIndex parent, const std::string& operation, StoreSpec spec);

  void set_changes_key(NodeIndex node) { nodes_[node].changes_key = true; }
  const std::string& name_of(NodeIndex node) const { return nodes_[node].name; }
  Topology build() const { return Topology(nodes_, stores_); }

 private:
  bool has_node(const std::string& name) const;

  std::vector<NodeSpec> nodes_;
  std::map<std::string, StoreSpec> stores_;
};

}  // namespace weir::streams
