// Where records come in: which sources there are, and that no two of them take each other's topics. A topic's position
// is committed once for the whole application: two sources of it would have to agree, and then they are one.
#include <algorithm>
#include <set>

#include "streams/graph/graph.h"
#include "streams/operators/pass_node.h"

namespace weir::streams {

namespace {

using Names = std::set<std::string>;

std::string what_is_read(const SourceSpec& source) {
  if (source.pattern) return "those matching '" + source.pattern->text() + "'";
  std::string text;
  for (const std::string& topic : Names(source.topics.begin(), source.topics.end())) {
    text += (text.empty() ? "" : ", ") + topic;
  }
  return text;
}

void check_topics(const SourceSpec& source) {
  if (source.pattern) return;
  if (source.topics.empty()) throw TopologyError("a stream reads one topic at least");
  Names topics;
  for (const std::string& topic : source.topics) {
    if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
    if (!topics.insert(topic).second) throw TopologyError("topic " + topic + " is named twice in one stream");
  }
}

bool read_the_same(const SourceSpec& a, const SourceSpec& b) {
  if (a.pattern.has_value() != b.pattern.has_value()) return false;
  if (a.pattern) return a.pattern->text() == b.pattern->text();
  return Names(a.topics.begin(), a.topics.end()) == Names(b.topics.begin(), b.topics.end());
}

bool reads(const SourceSpec& source, const std::string& topic) {
  if (source.pattern) return source.pattern->matches(topic);
  return std::find(source.topics.begin(), source.topics.end(), topic) != source.topics.end();
}

// Nothing if there is none, or if both are patterns: only a log knows what these have in common.
std::optional<std::string> shared_topic(const SourceSpec& a, const SourceSpec& b) {
  for (const std::string& topic : a.topics) {
    if (reads(b, topic)) return topic;
  }
  for (const std::string& topic : b.topics) {
    if (reads(a, topic)) return topic;
  }
  return std::nullopt;
}

bool agree(const SourceSpec& a, const SourceSpec& b) {
  return a.key == b.key && a.value == b.value && a.takes_null_keys == b.takes_null_keys &&
         a.takes_null_values == b.takes_null_values && a.starts_at_end == b.starts_at_end && !a.timestamp &&
         !b.timestamp;
}

// What the source is called where nobody chose. Of several topics the first gives the name: with one more behind it,
// everything below is called as before. Of a pattern what may stand in a name is left.
std::string name_of_source(const SourceSpec& source) {
  if (!source.pattern) return source.topic();
  std::string name = source.pattern->text();
  for (char& c : name) {
    if (!is_legal_name(std::string{'a', c})) c = '_';
  }
  return "matching-" + name.substr(0, 100);
}

}  // namespace

NodeIndex Graph::add_source(const std::string& wanted, SourceSpec spec) {
  check_topics(spec);
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const auto& source = nodes_[i].source;
    if (!source || source->owner != spec.owner) continue;
    if (!read_the_same(*source, spec)) {
      auto shared = shared_topic(*source, spec);
      if (!shared) continue;
      throw TopologyError("topic " + *shared + " is read by two streams that differ, of (" + what_is_read(*source) +
                          ") and of (" + what_is_read(spec) + "): read it once and go on from there");
    }
    if (!agree(*source, spec)) {
      throw TopologyError("topic " + what_is_read(spec) +
                          " is read twice with different types, timestamps or beginnings: read it once and "
                          "go on from there");
    }
    return i;
  }
  NodeSpec node;
  const std::string name = name_of_source(spec);
  node.name = wanted.empty() ? free_name(name) : chosen_name(wanted);
  node.kind = "source";
  node.is_pinned = !wanted.empty();
  if (wanted.empty()) node_derivations_[nodes_.size()] = {name, std::nullopt};
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
