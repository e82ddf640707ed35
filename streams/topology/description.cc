#include "streams/topology/description.h"

#include <algorithm>

#include "streams/topology/topology.h"
#include "streams/topology/type_name.h"

namespace weir::streams {

namespace {

std::string topic_of(const std::string& topic, TopicOwner owner) {
  switch (owner) {
    case TopicOwner::user:
      return topic;
    case TopicOwner::application:
      return topic + "-repartition";
    case TopicOwner::retry:
      return topic + "-retry";
  }
  return topic;
}

std::string kind_of(StoreKind kind) {
  switch (kind) {
    case StoreKind::key_value:
      return "key_value";
    case StoreKind::window:
      return "window";
    case StoreKind::custom:
      return "custom";
  }
  return {};
}

TopologyDescription::Node describe_node(const Topology& topology, NodeIndex index, std::size_t stage) {
  const NodeSpec& spec = topology.node(index);
  TopologyDescription::Node node;
  node.name = spec.name;
  node.kind = spec.kind;
  node.is_pinned = spec.is_pinned;
  node.stage = stage;
  for (NodeIndex parent : spec.parents) node.parents.push_back(topology.node(parent).name);
  node.stores = spec.stores;
  node.global_tables = spec.global_tables;
  if (spec.source) {
    node.reads.emplace();
    if (spec.source->pattern) node.reads->pattern = spec.source->pattern->text();
    for (const std::string& topic : spec.source->topics) {
      node.reads->topics.push_back(topic_of(topic, spec.source->owner));
    }
    node.starts_at_end = spec.source->starts_at_end;
  }
  if (spec.sink) {
    node.writes = topic_of(spec.sink->topic, spec.sink->owner);
    node.has_partitioner = spec.sink->has_partitioner;
  }
  node.windows = spec.windows;
  node.async = spec.async;
  node.pattern = spec.pattern;
  if (spec.on_error) node.on_error = policy_steps(*spec.on_error);
  for (const auto& topic : spec.retry.topics) node.retry_topics.push_back(topic_of(topic, TopicOwner::retry));
  return node;
}

TopologyDescription::Store describe_store(const Topology& topology, const StoreSpec& spec, std::size_t stage) {
  TopologyDescription::Store store;
  store.name = spec.name;
  store.kind = kind_of(spec.kind);
  store.is_pinned = spec.is_pinned;
  store.depends_on_order = spec.depends_on_order;
  store.is_in_memory = spec.in_memory;
  store.stage = stage;
  store.key = plain_name(spec.key);
  store.value = plain_name(spec.value);
  if (spec.kind == StoreKind::window && spec.retention_ms != TimeWindowing::kForever) {
    store.retention_ms = spec.retention_ms;
  }
  store.is_restored_from_source = spec.source.has_value();
  if (spec.source) {
    store.changelog = topology.node(*spec.source).source->topic();
  } else if (spec.has_changelog) {
    store.changelog = spec.name + "-changelog";
  }
  return store;
}

bool has_partitioner(const Topology& topology, const SourceSpec& source) {
  return std::any_of(topology.nodes().begin(), topology.nodes().end(), [&](const NodeSpec& node) {
    return node.sink && node.sink->owner == source.owner && node.sink->topic == source.topic() &&
           node.sink->has_partitioner;
  });
}

TopologyDescription::InternalTopic describe_topic(const Topology& topology, const NodeSpec& spec) {
  TopologyDescription::InternalTopic topic;
  topic.name = topic_of(spec.source->topic(), spec.source->owner);
  topic.kind = spec.source->owner == TopicOwner::retry ? "retry" : "repartition";
  topic.is_pinned = spec.is_pinned;
  topic.depends_on_order = spec.depends_on_order;
  topic.partitions = spec.source->partitions;
  topic.has_partitioner = has_partitioner(topology, *spec.source);
  topic.key = plain_name(spec.source->key);
  topic.value = plain_name(spec.source->value);
  return topic;
}

}  // namespace

std::size_t TopologyDescription::stages() const {
  std::size_t count = 0;
  for (const Node& node : nodes) count = std::max(count, node.stage + 1);
  return count;
}

TopologyDescription Topology::description() const {
  TopologyDescription all;
  std::vector<std::size_t> stage_of(nodes_.size());
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    for (NodeIndex index : stages_[stage].nodes) stage_of[index] = stage;
    for (const std::string& store : stages_[stage].stores) {
      all.stores.push_back(describe_store(*this, stores_.at(store), stage));
    }
  }
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    all.nodes.push_back(describe_node(*this, i, stage_of[i]));
    if (nodes_[i].source && nodes_[i].source->owner != TopicOwner::user) {
      all.internal_topics.push_back(describe_topic(*this, nodes_[i]));
    }
  }
  for (const auto& [name, table] : global_tables_) {
    all.global_tables.push_back({name, table.topic, plain_name(table.key), plain_name(table.value)});
  }
  return all;
}

std::string Topology::describe() const {
  return description().to_text();
}

std::string Topology::mermaid() const {
  return description().to_mermaid();
}

std::string Topology::to_json() const {
  return description().to_json();
}

}  // namespace weir::streams
