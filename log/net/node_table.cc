#include "log/net/node_table.h"

#include <algorithm>

namespace weir::log::net {

void NodeTable::learn(std::map<NodeId, HostPort> nodes) {
  if (!nodes.empty()) nodes_ = std::move(nodes);
}

std::optional<HostPort> NodeTable::find(NodeId node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<HostPort> NodeTable::everybody() const {
  std::vector<HostPort> all;
  const auto add = [&all](const HostPort& address) {
    if (std::ranges::find(all, address) == all.end()) all.push_back(address);
  };
  for (const auto& [node, address] : nodes_) add(address);
  for (const auto& address : bootstrap_) add(address);
  return all;
}

void NodeTable::failed(const HostPort& address) {
  if (address != any_) return;
  const auto all = everybody();
  const auto at = std::ranges::find(all, address);
  any_ = at == all.end() || at + 1 == all.end() ? all.front() : *(at + 1);
}

}  // namespace weir::log::net
