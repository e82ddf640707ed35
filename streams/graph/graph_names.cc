// How operators, stores and topics come by their names where the user chose none.
//
// A derived name is that of what lies above with the operation behind it, so that what stands beside does not change
// it. Two equal operators over the same stream would have the same: the later one gets a number, and both depend on the
// order in which they were described, and so does what is derived from them. That makes no difference to a test; to an
// application, which finds its data by these names, it does (Topology::depending_on_order).
#include <algorithm>
#include <cstdio>

#include "log/base/crc32c.h"
#include "streams/graph/graph.h"
#include "streams/graph/node_order.h"

namespace weir::streams {

namespace {

constexpr std::size_t kLongestDerivedName = 120;  // the application's id and a suffix come around it

// Long chains of operators get a checksum for their beginning.
std::string shortened(const std::string& name) {
  if (name.size() <= kLongestDerivedName) return name;
  char checksum[16];
  std::snprintf(checksum, sizeof checksum, "%08x.", crc32c(name));
  return checksum + name.substr(name.size() - kLongestDerivedName + 9);
}

template <class IsTaken>
std::string numbered(const std::string& base, IsTaken is_taken) {
  std::string name = base;
  for (int n = 2; is_taken(name); ++n) name = base + "-" + std::to_string(n);
  return name;
}

}  // namespace

bool Graph::has_node(const std::string& name) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const NodeSpec& node) { return node.name == name; });
}

std::string Graph::free_name(const std::string& base) const {
  return numbered(base, [this](const std::string& name) { return has_node(name); });
}

std::string Graph::chosen_name(const std::string& wanted) const {
  if (has_node(wanted)) throw TopologyError("two nodes are called '" + wanted + "'");
  return wanted;
}

std::string Graph::derived_name(NodeIndex parent, const std::string& operation) const {
  return shortened(nodes_[parent].name + "." + operation);
}

std::string Graph::derived_store_name(const Derivation& derivation) const {
  return numbered(derivation.base, [this](const std::string& name) { return stores_.contains(name); });
}

bool Graph::depends_on_order(NodeIndex node, const Uses& of_nodes) const {
  auto found = node_derivations_.find(node);
  if (found == node_derivations_.end()) return false;  // chosen
  const Derivation& derivation = found->second;
  if (!derivation.is_numbered_by_place && of_nodes.at(derivation.base) > 1) return true;
  return derivation.below && depends_on_order(*derivation.below, of_nodes);
}

Topology Graph::build() const {
  Graph whole = *this;  // more may be added to this one
  whole.hoist_shared_topics();
  return whole.finished();
}

Topology Graph::finished() const {
  Uses of_nodes;
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    auto derived = node_derivations_.find(i);
    ++of_nodes[derived == node_derivations_.end() ? nodes_[i].name : derived->second.base];
  }
  Uses of_stores;
  for (const auto& [name, store] : stores_) {
    auto derived = store_derivations_.find(name);
    ++of_stores[derived == store_derivations_.end() ? name : derived->second.base];
  }
  auto nodes = nodes_;
  for (NodeIndex i = 0; i < nodes.size(); ++i) nodes[i].depends_on_order = depends_on_order(i, of_nodes);
  auto stores = stores_;
  for (const auto& [name, derivation] : store_derivations_) {
    stores.at(name).depends_on_order =
        of_stores.at(derivation.base) > 1 || (derivation.below && depends_on_order(*derivation.below, of_nodes));
  }
  for (const auto& [node, table] : tables_) {
    if (auto source = source_of(node)) stores.at(nodes[node].table.store).source = source;
  }
  if (!dropped_.empty()) put_in_order(nodes, stores, dropped_);
  return Topology(std::move(nodes), std::move(stores), global_tables_);
}

}  // namespace weir::streams
