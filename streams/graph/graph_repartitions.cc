// Topics that equal needs share (Optimizations::shared_repartitions).
//
// Directly below one operator they do so as they are described. When the topology is complete, those that stand further
// below are brought together, too: the topic is hoisted above the operators in between, which then work on what comes
// out of it. So does Kafka Streams (merge.repartition.topics), and so are the conditions: nothing in between may change
// keys or values, for the topic has those of the operator above.
//
//   before                                          behind
//   select_key -> [topic] -> count                  select_key -> [topic] -> count
//              -> filter -> [topic 2] -> count 2                          -> filter -> count 2
//
// What Weir asks for beyond that: all that comes to stand below the topic keeps no state and has no policy of its own
// for errors, so that it does the same there; no record with a null key would be lost on the way that went on before;
// and a topic that nobody shares stays where it is, below what leaves records out.
#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "streams/graph/graph.h"

namespace weir::streams {

namespace {

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& kinds, const std::string& kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Keys and values come out as they went in.
bool keeps_records(const NodeSpec& node) {
  constexpr std::array<std::string_view, 5> kKinds{"filter", "filter_not", "peek", "split", "branch"};
  return is_one_of(kKinds, node.kind) && node.parents.size() == 1 && node.looks_up.empty();
}

// Does below a topic what it does above.
bool is_movable(const NodeSpec& node) {
  constexpr std::array<std::string_view, 7> kFurther{"map",      "map_values", "flat_map", "flat_map_values",
                                                     "for_each", "select_key", "to"};
  return (keeps_records(node) || is_one_of(kFurther, node.kind)) && node.parents.size() == 1 && !node.on_error;
}

bool serve_the_same(const Graph::Repartition& a, const Graph::Repartition& b) {
  return a.key == b.key && a.value == b.value && a.takes_null_keys == b.takes_null_keys &&
         a.takes_null_values == b.takes_null_values;
}

}  // namespace

NodeIndex Graph::share_repartition(NodeIndex parent, Repartition repartition) {
  repartition.name.clear();
  if (repartition.takes_null_keys) repartition.operation = "repartition_with_null_keys";
  for (const SharedTopic& topic : shared_topics_) {
    if (topic.parent == parent && serve_the_same(topic.repartition, repartition)) return topic.source;
  }
  const NodeIndex source = add_repartition(parent, repartition);
  nodes_[source].is_pinned = nodes_[parent].is_pinned;  // as its name is
  shared_topics_.push_back({parent, repartition, source});
  return source;
}

// The operator above `node` that gives records as they are there.
NodeIndex Graph::origin_of_records(NodeIndex node) const {
  while (keeps_records(nodes_[node])) node = nodes_[node].parents.front();
  return node;
}

// The operator directly below `origin` on the way to `node`; `node` itself lies below it.
NodeIndex Graph::first_below(NodeIndex origin, NodeIndex node) const {
  while (nodes_[node].parents.front() != origin) node = nodes_[node].parents.front();
  return node;
}

bool Graph::is_movable_with_all_below(NodeIndex node) const {
  if (!is_movable(nodes_[node])) return false;
  for (NodeIndex below = node + 1; below < nodes_.size(); ++below) {
    const auto& parents = nodes_[below].parents;
    const bool is_child = std::find(parents.begin(), parents.end(), node) != parents.end();
    if (is_child && !is_movable_with_all_below(below)) return false;
  }
  return true;
}

bool Graph::can_stand_below(NodeIndex origin, const SharedTopic& topic) const {
  if (topic.parent == origin) return true;
  return !topic.repartition.drops_null_keys() && is_movable_with_all_below(first_below(origin, topic.parent));
}

// Those that could be one with `topic`, itself among them.
std::vector<Graph::SharedTopic> Graph::equals_of(const SharedTopic& topic) const {
  std::vector<SharedTopic> equal;
  const NodeIndex origin = origin_of_records(topic.parent);
  for (const SharedTopic& other : shared_topics_) {
    if (dropped_.contains(other.source) || origin_of_records(other.parent) != origin) continue;
    if (serve_the_same(other.repartition, topic.repartition) && can_stand_below(origin, other)) equal.push_back(other);
  }
  return equal;
}

void Graph::hoist_shared_topics() {
  for (std::size_t i = 0; i < shared_topics_.size(); ++i) {
    if (dropped_.contains(shared_topics_[i].source)) continue;
    const auto equal = equals_of(shared_topics_[i]);
    if (equal.size() > 1) share_above(origin_of_records(shared_topics_[i].parent), equal);
  }
}

void Graph::share_above(NodeIndex origin, const std::vector<SharedTopic>& topics) {
  const NodeIndex shared = share_repartition(origin, topics.front().repartition);
  std::set<NodeIndex> moved;
  for (const SharedTopic& topic : topics) {
    if (topic.source == shared) continue;
    for (NodeSpec& node : nodes_) std::replace(node.parents.begin(), node.parents.end(), topic.source, topic.parent);
    drop_topic(topic.source);
    moved.insert(first_below(origin, topic.parent));
  }
  for (NodeIndex node : moved) nodes_[node].parents = {shared};
}

void Graph::drop_topic(NodeIndex source) {
  dropped_.insert(source);
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const auto& sink = nodes_[i].sink;
    if (sink && sink->owner == TopicOwner::application && sink->topic == nodes_[source].source->topic()) {
      dropped_.insert(i);
    }
  }
}

}  // namespace weir::streams
