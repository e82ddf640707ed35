// A described topology as text: Kafka's format, and a Mermaid flow chart.
#include <algorithm>
#include <map>

#include "streams/topology/description.h"

namespace weir::streams {

namespace {

using DescribedNode = TopologyDescription::Node;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string joined_or_none(const std::vector<std::string>& names) {
  return names.empty() ? "none" : joined(names);
}

std::string as_kafka_has_them(const TopicsRead& reads) {
  return reads.pattern.empty() ? "[" + joined(reads.topics) + "]" : reads.pattern;
}

std::map<std::string, std::vector<std::string>> children_of(const std::vector<DescribedNode>& nodes) {
  std::map<std::string, std::vector<std::string>> children;
  for (const DescribedNode& node : nodes) {
    for (const std::string& parent : node.parents) children[parent].push_back(node.name);
  }
  return children;
}

// What keeps data and is picked by `chosen`.
template <class Chosen>
std::vector<std::string> keeping_data(const TopologyDescription& topology, Chosen chosen) {
  std::vector<std::string> names;
  for (const auto& store : topology.stores) {
    if (chosen(store)) names.push_back("store " + store.name);
  }
  for (const auto& topic : topology.internal_topics) {
    if (chosen(topic)) names.push_back("topic " + topic.name);
  }
  return names;
}

template <class Named>
std::string id_of(const char* prefix, const std::vector<Named>& all, const std::string& name) {
  auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return prefix + std::to_string(found - all.begin());
}

// A pattern counts as one; its text stands in quotes, for what it is made of has a meaning in charts.
std::vector<std::string> topics_of(const DescribedNode& node) {
  if (!node.reads) return {};
  if (node.reads->pattern.empty()) return node.reads->topics;
  std::string text = to_string(*node.reads);
  for (auto at = text.find('"'); at != std::string::npos; at = text.find('"', at)) text.replace(at, 1, "#quot;");
  return {"\"" + text + "\""};
}

// Topics as they come.
class TopicIds {
 public:
  explicit TopicIds(std::string& text) : text_(text) {}

  std::string id_of(const std::string& topic) {
    auto [place, is_new] = ids_.emplace(topic, "t" + std::to_string(ids_.size()));
    if (is_new) text_ += "  " + place->second + "[(" + topic + ")]\n";
    return place->second;
  }

 private:
  std::string& text_;
  std::map<std::string, std::string> ids_;
};

}  // namespace

std::string TopologyDescription::to_text() const {
  const auto children = children_of(nodes);
  auto below = [&](const DescribedNode& node) {
    auto found = children.find(node.name);
    return found == children.end() ? std::string("none") : joined(found->second);
  };
  std::string text = "Topologies:\n";
  std::size_t number = stages();
  for (std::size_t stage = 0; stage < number; ++stage) {
    text += "   Sub-topology: " + std::to_string(stage) + "\n";
    for (const DescribedNode& node : nodes) {
      if (node.stage != stage) continue;
      if (node.reads) {
        text += "    Source: " + node.name + " (topics: " + as_kafka_has_them(*node.reads) + ")\n";
      } else if (node.writes) {
        text += "    Sink: " + node.name + " (topic: " + *node.writes + ")\n";
      } else {
        text += "    Processor: " + node.name + " (stores: [" + joined(node.stores) + "])\n";
      }
      if (!node.writes) text += "      --> " + below(node) + "\n";
      if (!node.reads) text += "      <-- " + joined_or_none(node.parents) + "\n";
    }
    text += "\n";
  }
  for (const GlobalTable& table : global_tables) {
    const std::string& name = table.name;
    text += "   Sub-topology: " + std::to_string(number++) + " for global store (will not generate tasks)\n";
    text += "    Source: " + name + " (topics: [" + table.topic + "])\n      --> " + name + ".rows\n";
    text += "    Processor: " + name + ".rows (stores: [" + name + "])\n      --> none\n      <-- " + name + "\n\n";
  }
  if (auto names = keeping_data(*this, [](const auto& one) { return !one.is_pinned; }); !names.empty()) {
    text += "Not pinned by a name: " + joined(names) + "\n";
  }
  if (auto names = keeping_data(*this, [](const auto& one) { return one.depends_on_order; }); !names.empty()) {
    text += "Named by the order of equal operators: " + joined(names) + "\n";
  }
  return text;
}

std::string TopologyDescription::to_mermaid() const {
  std::string text = "flowchart TD\n";
  TopicIds topics(text);
  for (std::size_t stage = 0; stage < stages(); ++stage) {
    text += "  subgraph stage" + std::to_string(stage) + "[stage " + std::to_string(stage) + "]\n";
    for (const DescribedNode& node : nodes) {
      if (node.stage == stage) text += "    " + id_of("n", nodes, node.name) + "[\"" + node.name + "\"]\n";
    }
    for (const Store& store : stores) {
      if (store.stage == stage) text += "    " + id_of("s", stores, store.name) + "[(" + store.name + ")]\n";
    }
    text += "  end\n";
  }
  for (const GlobalTable& table : global_tables) {
    const std::string topic = topics.id_of(table.topic);
    const std::string id = id_of("g", global_tables, table.name);
    text += "  " + id + "[(" + table.name + ")]\n  " + topic + " --> " + id + "\n";
  }
  for (const DescribedNode& node : nodes) {
    const std::string id = id_of("n", nodes, node.name);
    for (const auto& table : node.global_tables) text += "  " + id + " -.- " + id_of("g", global_tables, table) + "\n";
    for (const auto& parent : node.parents) text += "  " + id_of("n", nodes, parent) + " --> " + id + "\n";
    for (const auto& store : node.stores) text += "  " + id + " -.- " + id_of("s", stores, store) + "\n";
    for (const std::string& name : topics_of(node)) {
      const std::string topic = topics.id_of(name);
      text += "  " + topic + " --> " + id + "\n";
    }
    if (node.writes) {
      const std::string topic = topics.id_of(*node.writes);
      text += "  " + id + " --> " + topic + "\n";
    }
    for (const auto& waiting : node.retry_topics) {
      const std::string topic = topics.id_of(waiting);
      text += "  " + id + " -. later .-> " + topic + "\n";
    }
    for (const PolicyStep& step : node.on_error.value_or(std::vector<PolicyStep>())) {
      if (!step.topic) continue;
      const std::string topic = topics.id_of(*step.topic);
      text += "  " + id + " -. on error .-> " + topic + "\n";
    }
  }
  return text;
}

}  // namespace weir::streams
