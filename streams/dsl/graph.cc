#include "streams/dsl/graph.h"

#include <algorithm>
#include <cstdio>

#include "log/base/crc32c.h"
#include "streams/topology/pass_node.h"
#include "streams/topology/retry_entry_node.h"

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

}  // namespace

bool Graph::has_node(const std::string& name) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const NodeSpec& node) { return node.name == name; });
}

std::string Graph::name_for(const std::string& wanted, const std::string& parent, const std::string& operation) {
  if (!wanted.empty()) {
    if (has_node(wanted)) throw TopologyError("two nodes are called '" + wanted + "'");
    return wanted;
  }
  const std::string base = shortened(parent.empty() ? operation : parent + "." + operation);
  std::string name = base;
  for (int n = 2; has_node(name); ++n) name = base + "-" + std::to_string(n);
  return name;
}

NodeIndex Graph::add_source(const std::string& wanted, SourceSpec spec) {
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const auto& source = nodes_[i].source;
    if (!source || source->topic != spec.topic || source->owner != spec.owner) continue;
    bool agrees = source->key == spec.key && source->value == spec.value &&
                  source->takes_null_keys == spec.takes_null_keys &&
                  source->takes_null_values == spec.takes_null_values && source->starts_at_end == spec.starts_at_end &&
                  !source->timestamp && !spec.timestamp;
    if (!agrees) {
      throw TopologyError("topic " + spec.topic +
                          " is read twice with different types, timestamps or beginnings: read it once and "
                          "go on from there");
    }
    return i;
  }
  NodeSpec node;
  node.name = name_for(wanted, {}, spec.topic);
  node.is_pinned = !wanted.empty();
  node.source = std::move(spec);
  node.make = [] {
    return std::make_unique<PassNode>();
  };
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

NodeIndex Graph::add_node(const std::string& wanted, const std::string& operation, std::vector<NodeIndex> parents,
                          std::function<std::unique_ptr<Node>()> make, std::vector<std::string> stores,
                          const Guarding& guarding) {
  NodeSpec node;
  node.name = name_for(wanted, nodes_[parents.front()].name, operation);
  node.on_error = guarding.on_error;
  auto later = guarding.on_error ? find_retry_later(*guarding.on_error) : std::nullopt;
  if (later) node.retry = add_retries(node.name, *later, guarding, parents);
  node.is_pinned = !wanted.empty();
  node.parents = std::move(parents);
  node.stores = std::move(stores);
  node.make = std::move(make);
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

// The topics from which an operator's records come back are sources above it.
RetrySpec Graph::add_retries(const std::string& name, const RetryLater& later, const Guarding& guarding,
                             std::vector<NodeIndex>& parents) {
  if (guarding.value == nullptr) {
    throw TopologyError("operator " + name +
                        ": retry_later is for operators over streams whose keys and values have a Serde");
  }
  RetrySpec retry{{}, guarding.key, guarding.value};
  for (int attempt = 1; attempt <= later.attempts; ++attempt) {
    NodeSpec node;
    retry.topics.push_back((later.name.empty() ? name : later.name) + "-" + std::to_string(attempt));
    node.name = name_for({}, retry.topics.back(), "retry");
    SourceSpec source;
    source.topic = retry.topics.back();
    if (!is_legal_name(source.topic)) throw TopologyError("'" + source.topic + "' is no name of a topic");
    source.owner = TopicOwner::retry;
    source.key = guarding.key;
    source.value = guarding.value;
    node.source = std::move(source);
    node.make = [] {
      return std::make_unique<RetryEntryNode>();
    };
    nodes_.push_back(std::move(node));
    parents.push_back(nodes_.size() - 1);
  }
  return retry;
}

void Graph::set_decode_errors(NodeIndex source, const std::optional<ErrorPolicy>& policy) {
  if (!policy) return;
  check_decoding(*policy);
  nodes_[source].on_error = policy;
}

NodeIndex Graph::add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic,
                          std::function<std::unique_ptr<Node>()> make, const Guarding& guarding) {
  if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
  NodeIndex node = add_node(wanted, "to", {parent}, std::move(make), {}, guarding);
  nodes_[node].sink = SinkSpec{topic, TopicOwner::user};
  return node;
}

NodeIndex Graph::add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic, TopicOwner owner,
                          SinkTypes types) {
  if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
  NodeIndex node = add_node(wanted, "to", {parent},
                            [topic, owner, types] { return std::make_unique<SinkNode>(topic, owner, types); });
  nodes_[node].sink = SinkSpec{topic, owner};
  return node;
}

NodeIndex Graph::add_repartition(NodeIndex parent, Repartition repartition) {
  const bool is_pinned = !repartition.name.empty();
  std::string topic = is_pinned ? repartition.name : name_for({}, nodes_[parent].name, "repartition");
  std::string node_name = is_pinned ? topic + "-repartition" : topic;
  const SinkTypes types{repartition.key, repartition.value, repartition.takes_null_keys};
  const std::string sink_name = name_for({}, node_name, "sink");
  if (repartition.make_sink) {
    if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
    const NodeIndex sink = add_node(sink_name, "to", {parent},
                                    [make = repartition.make_sink, topic, types] { return make(topic, types); });
    nodes_[sink].sink = SinkSpec{topic, TopicOwner::application};
  } else {
    add_sink(sink_name, parent, topic, TopicOwner::application, types);
  }
  SourceSpec source;
  source.topic = topic;
  source.owner = TopicOwner::application;
  source.partitions = repartition.partitions;
  source.key = repartition.key;
  source.value = repartition.value;
  source.takes_null_values = repartition.takes_null_values;
  source.takes_null_keys = repartition.takes_null_keys;
  NodeIndex node = add_source(name_for(is_pinned ? node_name : "", nodes_[parent].name, "repartition"), source);
  nodes_[node].is_pinned = is_pinned;
  return node;
}

std::string Graph::add_store(const std::string& wanted, NodeIndex parent, const std::string& operation,
                             StoreSpec spec) {
  spec.is_pinned = !wanted.empty();
  spec.name = wanted;
  if (wanted.empty()) {
    const std::string base = shortened(nodes_[parent].name + "." + operation);
    spec.name = base;
    for (int n = 2; stores_.contains(spec.name); ++n) spec.name = base + "-" + std::to_string(n);
  }
  if (stores_.contains(spec.name)) throw TopologyError("two stores are called '" + spec.name + "'");
  std::string name = spec.name;
  stores_.emplace(name, std::move(spec));
  return name;
}

void Graph::add_store(StoreSpec spec) {
  if (!is_legal_name(spec.name)) throw TopologyError("'" + spec.name + "' is no name of a store");
  if (stores_.contains(spec.name)) throw TopologyError("two stores are called '" + spec.name + "'");
  spec.is_pinned = true;
  stores_.emplace(spec.name, std::move(spec));
}

}  // namespace weir::streams
