#include "streams/graph/node_order.h"

#include <algorithm>
#include <optional>

namespace weir::streams {

namespace {

// Where each node comes to stand; nothing for those that are left out.
class Places {
 public:
  Places(const std::vector<NodeSpec>& nodes, const std::set<NodeIndex>& dropped)
      : nodes_(nodes), dropped_(dropped), place_of_(nodes.size()) {
    for (NodeIndex i = 0; i < nodes.size(); ++i) place(i);
  }

  const std::vector<NodeIndex>& order() const { return order_; }
  void rename(std::vector<NodeIndex>& indexes) const {
    for (NodeIndex& index : indexes) index = *place_of_[index];
  }
  NodeIndex operator[](NodeIndex index) const { return *place_of_[index]; }

 private:
  void place(NodeIndex index) {
    if (place_of_[index] || dropped_.contains(index)) return;
    for (NodeIndex parent : nodes_[index].parents) place(parent);
    for (NodeIndex table : nodes_[index].looks_up) place(table);
    place_of_[index] = order_.size();
    order_.push_back(index);
  }

  const std::vector<NodeSpec>& nodes_;
  const std::set<NodeIndex>& dropped_;
  std::vector<std::optional<NodeIndex>> place_of_;
  std::vector<NodeIndex> order_;
};

}  // namespace

void put_in_order(std::vector<NodeSpec>& nodes, std::map<std::string, StoreSpec>& stores,
                  const std::set<NodeIndex>& dropped) {
  const Places places(nodes, dropped);
  std::vector<NodeSpec> ordered;
  for (NodeIndex index : places.order()) {
    NodeSpec node = nodes[index];
    places.rename(node.parents);
    places.rename(node.looks_up);
    ordered.push_back(std::move(node));
  }
  for (auto& [name, store] : stores) {
    if (store.source) store.source = places[*store.source];
  }
  nodes = std::move(ordered);
}

}  // namespace weir::streams
