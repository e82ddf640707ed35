// A topology as text: Kafka's format, and a Mermaid flow chart.
#include "streams/topology/topology.h"

namespace weir::streams {

namespace {

std::string joined(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::vector<std::string>> children_of(const std::vector<NodeSpec>& nodes) {
  std::vector<std::vector<std::string>> children(nodes.size());
  for (const NodeSpec& node : nodes) {
    for (NodeIndex parent : node.parents) children[parent].push_back(node.name);
  }
  return children;
}

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

std::string node_id(NodeIndex index) {
  return "n" + std::to_string(index);
}

}  // namespace

std::string Topology::describe() const {
  const auto children = children_of(nodes_);
  std::string text = "Topologies:\n";
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    text += "   Sub-topology: " + std::to_string(s) + "\n";
    for (NodeIndex index : stages_[s].nodes) {
      const NodeSpec& node = nodes_[index];
      if (node.source) {
        text += "    Source: " + node.name + " (topics: [" + topic_of(node.source->topic, node.source->owner) + "])\n";
      } else if (node.sink) {
        text += "    Sink: " + node.name + " (topic: " + topic_of(node.sink->topic, node.sink->owner) + ")\n";
      } else {
        std::string stores = node.stores.empty() ? "" : joined(node.stores);
        text += "    Processor: " + node.name + " (stores: [" + stores + "])\n";
      }
      if (!node.sink) text += "      --> " + joined(children[index]) + "\n";
      if (!node.source) {
        std::vector<std::string> parents;
        for (NodeIndex parent : node.parents) parents.push_back(nodes_[parent].name);
        text += "      <-- " + joined(parents) + "\n";
      }
    }
    text += "\n";
  }
  std::size_t number = stages_.size();
  for (const auto& [name, table] : global_tables_) {
    text += "   Sub-topology: " + std::to_string(number++) + " for global store (will not generate tasks)\n";
    text += "    Source: " + name + " (topics: [" + table.topic + "])\n      --> " + name + ".rows\n";
    text += "    Processor: " + name + ".rows (stores: [" + name + "])\n      --> none\n      <-- " + name + "\n\n";
  }
  if (auto names = unpinned(); !names.empty()) {
    text += "Not pinned by a name: " + joined(names) + "\n";
  }
  return text;
}

std::string Topology::mermaid() const {
  std::string text = "flowchart TD\n";
  std::map<std::string, std::string> topics;  // name -> id
  auto topic_id = [&](const std::string& name) {
    auto [place, is_new] = topics.emplace(name, "t" + std::to_string(topics.size()));
    if (is_new) text += "  " + place->second + "[(" + name + ")]\n";
    return place->second;
  };
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    text += "  subgraph stage" + std::to_string(s) + "[stage " + std::to_string(s) + "]\n";
    for (NodeIndex index : stages_[s].nodes) {
      text += "    " + node_id(index) + "[\"" + nodes_[index].name + "\"]\n";
    }
    for (const std::string& store : stages_[s].stores) {
      text += "    s_" + std::to_string(std::distance(stores_.begin(), stores_.find(store))) + "[(" + store + ")]\n";
    }
    text += "  end\n";
  }
  auto global_id = [&](const std::string& name) {
    return "g" + std::to_string(std::distance(global_tables_.begin(), global_tables_.find(name)));
  };
  for (const auto& [name, table] : global_tables_) {
    std::string topic = topic_id(table.topic);
    text += "  " + global_id(name) + "[(" + name + ")]\n  " + topic + " --> " + global_id(name) + "\n";
  }
  for (NodeIndex index = 0; index < nodes_.size(); ++index) {
    const NodeSpec& node = nodes_[index];
    for (const std::string& table : node.global_tables)
      text += "  " + node_id(index) + " -.- " + global_id(table) + "\n";
    for (NodeIndex parent : node.parents) text += "  " + node_id(parent) + " --> " + node_id(index) + "\n";
    for (const std::string& store : node.stores) {
      std::string id = "s_" + std::to_string(std::distance(stores_.begin(), stores_.find(store)));
      text += "  " + node_id(index) + " -.- " + id + "\n";
    }
    if (node.source) {
      std::string topic = topic_id(topic_of(node.source->topic, node.source->owner));
      text += "  " + topic + " --> " + node_id(index) + "\n";
    }
    if (node.sink) {
      std::string topic = topic_id(topic_of(node.sink->topic, node.sink->owner));
      text += "  " + node_id(index) + " --> " + topic + "\n";
    }
  }
  return text;
}

}  // namespace weir::streams
