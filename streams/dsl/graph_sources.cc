// Where records come in: which sources there are, and that no two of them take each other's topics. A topic's position
// is committed once for the whole application: two sources of it would have to agree, and then they are one.
#include <algorithm>
#include <set>

#include "streams/dsl/graph.h"
#include "streams/topology/pass_node.h"

namespace weir::streams {

namespace {

using Names = std::set<std::string>;

std::string joined(const Names& topics) {
  std::string text;
  for (const std::string& topic : topics) text += (text.empty() ? "" : ", ") + topic;
  return text;
}

Names checked_topics(const SourceSpec& source) {
  if (source.topics.empty()) throw TopologyError("a stream reads one topic at least");
  Names topics;
  for (const std::string& topic : source.topics) {
    if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
    if (!topics.insert(topic).second) throw TopologyError("topic " + topic + " is named twice in one stream");
  }
  return topics;
}

bool agree(const SourceSpec& a, const SourceSpec& b) {
  return a.key == b.key && a.value == b.value && a.takes_null_keys == b.takes_null_keys &&
         a.takes_null_values == b.takes_null_values && a.starts_at_end == b.starts_at_end && !a.timestamp &&
         !b.timestamp;
}

}  // namespace

NodeIndex Graph::add_source(const std::string& wanted, SourceSpec spec) {
  const Names topics = checked_topics(spec);
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const auto& source = nodes_[i].source;
    if (!source || source->owner != spec.owner) continue;
    const Names others(source->topics.begin(), source->topics.end());
    auto shared = std::find_if(topics.begin(), topics.end(), [&](const auto& topic) { return others.contains(topic); });
    if (shared == topics.end()) continue;
    if (topics != others) {
      throw TopologyError("topic " + *shared + " is read by two streams that differ, of (" + joined(others) +
                          ") and of (" + joined(topics) + "): read it once and go on from there");
    }
    if (!agree(*source, spec)) {
      throw TopologyError("topic " + joined(topics) +
                          " is read twice with different types, timestamps or beginnings: read it once and "
                          "go on from there");
    }
    return i;
  }
  NodeSpec node;
  // Of several topics the first gives the name: with one more behind it, everything below is called as before.
  node.name = wanted.empty() ? free_name(spec.topic()) : chosen_name(wanted);
  node.kind = "source";
  node.is_pinned = !wanted.empty();
  if (wanted.empty()) node_derivations_[nodes_.size()] = {spec.topic(), std::nullopt};
  node.source = std::move(spec);
  node.make = [] {
    return std::make_unique<PassNode>();
  };
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

void Graph::set_decode_errors(NodeIndex source, const std::optional<ErrorPolicy>& policy) {
  if (!policy) return;
  check_decoding(*policy);
  nodes_[source].on_error = policy;
}

}  // namespace weir::streams
