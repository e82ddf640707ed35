#include "streams/graph/graph.h"

#include "streams/operators/retry_entry_node.h"

namespace weir::streams {

NodeIndex Graph::add_node(const std::string& wanted, const std::string& operation, std::vector<NodeIndex> parents,
                          std::function<std::unique_ptr<Node>()> make, std::vector<std::string> stores,
                          const Guarding& guarding) {
  const Derivation derivation{derived_name(parents.front(), operation), parents.front()};
  NodeSpec node;
  node.name = wanted.empty() ? free_name(derivation.base) : chosen_name(wanted);
  node.kind = operation;
  node.on_error = guarding.on_error;
  auto later = guarding.on_error ? find_retry_later(*guarding.on_error) : std::nullopt;
  if (later) node.retry = add_retries(node.name, *later, guarding, parents, !wanted.empty());
  node.is_pinned = !wanted.empty();
  if (wanted.empty()) node_derivations_[nodes_.size()] = derivation;
  node.parents = std::move(parents);
  node.stores = std::move(stores);
  node.make = std::move(make);
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

// The topics from which an operator's records come back are sources above it.
RetrySpec Graph::add_retries(const std::string& name, const RetryLater& later, const Guarding& guarding,
                             std::vector<NodeIndex>& parents, bool is_pinned) {
  if (guarding.value == nullptr) {
    throw TopologyError("operator " + name +
                        ": retry_later is for operators over one stream whose keys and values have a Serde; what comes "
                        "back late may be older than a table's row, or have lost its partners");
  }
  RetrySpec retry{{}, guarding.key, guarding.value};
  const NodeIndex guarded = nodes_.size() + static_cast<std::size_t>(later.attempts);  // it comes behind its topics
  for (int attempt = 1; attempt <= later.attempts; ++attempt) {
    NodeSpec node;
    retry.topics.push_back((later.name.empty() ? name : later.name) + "-" + std::to_string(attempt));
    const std::string base = retry.topics.back() + ".retry";
    node.name = free_name(base);
    node.kind = "source";
    node.is_pinned = is_pinned || !later.name.empty();
    if (later.name.empty()) node_derivations_[nodes_.size()] = {base, guarded};
    SourceSpec source;
    source.topics = {retry.topics.back()};
    if (!is_legal_name(source.topic())) throw TopologyError("'" + source.topic() + "' is no name of a topic");
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

NodeIndex Graph::add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic,
                          std::function<std::unique_ptr<Node>()> make, const Guarding& guarding) {
  if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
  NodeIndex node = add_node(wanted, "to", {parent}, std::move(make), {}, guarding);
  nodes_[node].sink = SinkSpec{.topic = topic};
  return node;
}

NodeIndex Graph::add_sink(const std::string& wanted, NodeIndex parent, const std::string& topic, TopicOwner owner,
                          SinkTypes types) {
  if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
  NodeIndex node = add_node(wanted, "to", {parent},
                            [topic, owner, types] { return std::make_unique<SinkNode>(topic, owner, types); });
  nodes_[node].sink = SinkSpec{.topic = topic, .owner = owner};
  return node;
}

NodeIndex Graph::add_repartition(NodeIndex parent, Repartition repartition) {
  const bool is_pinned = !repartition.name.empty();
  const Derivation derivation{derived_name(parent, repartition.operation), parent};
  const std::string topic = is_pinned ? repartition.name : free_name(derivation.base);
  const std::string node_name = is_pinned ? chosen_name(topic + "-repartition") : topic;
  const SinkTypes types{repartition.key, repartition.value, repartition.takes_null_keys};
  const std::string sink_name = free_name(node_name + ".sink");
  if (repartition.make_sink) {
    if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
    const NodeIndex sink = add_node(sink_name, "to", {parent},
                                    [make = repartition.make_sink, topic, types] { return make(topic, types); });
    nodes_[sink].sink = SinkSpec{.topic = topic, .owner = TopicOwner::application, .has_partitioner = true};
  } else {
    add_sink(sink_name, parent, topic, TopicOwner::application, types);
  }
  SourceSpec source;
  source.topics = {topic};
  source.owner = TopicOwner::application;
  source.partitions = repartition.partitions;
  source.key = repartition.key;
  source.value = repartition.value;
  source.takes_null_values = repartition.takes_null_values;
  source.takes_null_keys = repartition.takes_null_keys;
  NodeIndex node = add_source(node_name, source);
  nodes_[node].is_pinned = is_pinned;
  if (!is_pinned) node_derivations_[node] = derivation;
  return node;
}

std::string Graph::add_store(const std::string& wanted, NodeIndex parent, const std::string& operation,
                             StoreSpec spec) {
  spec.is_pinned = !wanted.empty();
  spec.name = wanted;
  if (wanted.empty()) {
    const Derivation derivation{derived_name(parent, operation), parent};
    spec.name = derived_store_name(derivation);
    store_derivations_[spec.name] = derivation;
  }
  if (has_store(spec.name)) throw TopologyError("two stores are called '" + spec.name + "'");
  std::string name = spec.name;
  stores_.emplace(name, std::move(spec));
  return name;
}

void Graph::add_store(StoreSpec spec) {
  if (!is_legal_name(spec.name)) throw TopologyError("'" + spec.name + "' is no name of a store");
  if (has_store(spec.name)) throw TopologyError("two stores are called '" + spec.name + "'");
  spec.is_pinned = true;
  stores_.emplace(spec.name, std::move(spec));
}

}  // namespace weir::streams
