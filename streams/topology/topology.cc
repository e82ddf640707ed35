#include "streams/topology/topology.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "log/model/topic_name.h"
#include "streams/state/times_store.h"

namespace weir::streams {

bool is_legal_name(std::string_view name) {
  return log::is_legal_topic_name(name);
}

std::string repartition_topic(const std::string& application_id, const std::string& name) {
  return application_id + "-" + name + "-repartition";
}

std::string retry_topic(const std::string& application_id, const std::string& name) {
  return application_id + "-" + name + "-retry";
}

std::string changelog_topic(const std::string& application_id, const std::string& store) {
  return application_id + "-" + store + "-changelog";
}

bool is_own_topic(const std::string& application_id, const std::string& topic) {
  if (!topic.starts_with(application_id + "-")) return false;
  return topic.ends_with("-repartition") || topic.ends_with("-retry") || topic.ends_with("-changelog");
}

namespace {

// Which nodes belong together: union-find over edges and shared stores.
class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  std::size_t find(std::size_t of) {
    while (parent_[of] != of) of = parent_[of] = parent_[parent_[of]];
    return of;
  }
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

void check(const std::vector<NodeSpec>& nodes, const std::map<std::string, StoreSpec>& stores) {
  if (nodes.empty()) throw TopologyError("the topology has no source");
  std::set<std::string> names;
  for (const NodeSpec& node : nodes) {
    if (!is_legal_name(node.name)) {
      throw TopologyError("'" + node.name + "' is no name: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'");
    }
    if (!names.insert(node.name).second) throw TopologyError("two nodes are called '" + node.name + "'");
    for (const std::string& store : node.stores) {
      if (!stores.contains(store)) throw TopologyError("node " + node.name + ": there is no store '" + store + "'");
    }
  }
  for (const auto& [name, store] : stores) {
    if (!is_legal_name(name)) throw TopologyError("store '" + name + "': not a legal name");
    if (store.kind == StoreKind::custom ? !store.make : store.value == nullptr)
      throw TopologyError("store '" + name + "' has no type");
  }
}

std::vector<Stage> cut(const std::vector<NodeSpec>& nodes) {
  Groups groups(nodes.size());
  std::map<std::string, NodeIndex> user_of;
  for (NodeIndex i = 0; i < nodes.size(); ++i) {
    for (NodeIndex parent : nodes[i].parents) groups.join(parent, i);
    for (NodeIndex table : nodes[i].looks_up) groups.join(table, i);
    for (const std::string& store : nodes[i].stores) groups.join(user_of.emplace(store, i).first->second, i);
  }
  std::map<std::size_t, Stage> by_group;  // in the order of their first nodes
  for (NodeIndex i = 0; i < nodes.size(); ++i) {
    Stage& stage = by_group[groups.find(i)];
    stage.nodes.push_back(i);
    if (nodes[i].source) stage.sources.push_back(i);
    stage.stores.insert(stage.stores.end(), nodes[i].stores.begin(), nodes[i].stores.end());
  }
  std::vector<Stage> stages;
  for (auto& [group, stage] : by_group) {
    std::sort(stage.stores.begin(), stage.stores.end());
    stage.stores.erase(std::unique(stage.stores.begin(), stage.stores.end()), stage.stores.end());
    stages.push_back(std::move(stage));
  }
  return stages;
}

}  // namespace

Topology::Topology(std::vector<NodeSpec> nodes, std::map<std::string, StoreSpec> stores,
                   std::map<std::string, GlobalTableSpec> global_tables)
    : nodes_(std::move(nodes)), stores_(std::move(stores)), global_tables_(std::move(global_tables)) {
  check(nodes_, stores_);
  for (const NodeSpec& node : nodes_) {
    for (const std::string& table : node.global_tables) {
      if (!global_tables_.contains(table)) {
        throw TopologyError("node " + node.name + ": there is no global table '" + table + "'");
      }
    }
  }
  stages_ = cut(nodes_);
  add_times_stores();
}

// The times of a stage's operators, timers and stores are committed beside an offset, as text; where they might be too
// long for that, a store has them.
void Topology::add_times_stores() {
  constexpr std::size_t kMaxBytes = 4'000;  // of 4096 beside an offset; the rest is the partition's time
  constexpr std::size_t kTimeBytes = 22;    // ";", "=" and a time
  constexpr std::size_t kMostTimers = 8;    // of a processor; if it has more, and they do not fit, the task will say so
  for (Stage& stage : stages_) {
    std::size_t bytes = 0;
    for (NodeIndex index : stage.nodes) {
      const NodeSpec& node = nodes_[index];
      if (!node.stores.empty()) bytes += node.name.size() + kTimeBytes;
      if (node.has_timers) bytes += kMostTimers * (node.name.size() + kTimeBytes + 2);
    }
    for (const std::string& store : stage.stores) {
      if (stores_.at(store).keeps_time) bytes += store.size() + kTimeBytes + 1;
    }
    if (bytes <= kMaxBytes) continue;
    StoreSpec spec;
    spec.name = (stage.stores.empty() ? nodes_[stage.nodes.front()].name : stage.stores.front()) + "-times";
    spec.is_pinned = stage.stores.empty() || stores_.at(stage.stores.front()).is_pinned;
    spec.kind = StoreKind::custom;
    spec.make = [](const std::string& name) {
      return std::make_unique<state::TimesStore>(name);
    };
    if (!stores_.emplace(spec.name, spec).second) throw TopologyError("two stores are called '" + spec.name + "'");
    stage.times_store = spec.name;
    stage.stores.push_back(spec.name);
    std::sort(stage.stores.begin(), stage.stores.end());
  }
}

std::vector<std::string> Topology::stores_keyed_by(NodeIndex source) const {
  std::set<NodeIndex> same_key{source};
  std::vector<std::string> stores;
  for (NodeIndex i = source + 1; i < nodes_.size(); ++i) {
    const auto& parents = nodes_[i].parents;
    bool is_below = std::any_of(parents.begin(), parents.end(), [&](NodeIndex p) { return same_key.contains(p); });
    if (!is_below || nodes_[i].changes_key) continue;
    stores.insert(stores.end(), nodes_[i].stores.begin(), nodes_[i].stores.end());
    bool gives_windows = std::any_of(nodes_[i].stores.begin(), nodes_[i].stores.end(), [&](const std::string& store) {
      return stores_.at(store).kind == StoreKind::window;
    });
    if (!gives_windows) same_key.insert(i);
  }
  return stores;
}

namespace {

std::string what_is_read(const SourceSpec& source) {
  return (source.owner == TopicOwner::retry ? "retry topic " : "repartition topic ") + source.topic();
}

}  // namespace

std::vector<std::string> Topology::unpinned() const {
  std::vector<std::string> names;
  for (const auto& [name, store] : stores_) {
    if (!store.is_pinned) names.push_back("store " + name);
  }
  for (const NodeSpec& node : nodes_) {
    bool is_internal_topic = node.source && node.source->owner != TopicOwner::user;
    if (is_internal_topic && !node.is_pinned) names.push_back(what_is_read(*node.source));
  }
  return names;
}

std::vector<std::string> Topology::depending_on_order() const {
  std::vector<std::string> names;
  for (const auto& [name, store] : stores_) {
    if (store.depends_on_order) names.push_back("store " + name);
  }
  for (const NodeSpec& node : nodes_) {
    if (!node.depends_on_order) continue;
    if (node.source && node.source->owner != TopicOwner::user) names.push_back(what_is_read(*node.source));
    if (node.has_timers) names.push_back("timers of " + node.name);
  }
  return names;
}

}  // namespace weir::streams
