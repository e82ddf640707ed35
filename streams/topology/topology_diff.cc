#include "streams/topology/topology_diff.h"

#include <algorithm>
#include <set>

#include "streams/topology/operator_diff.h"

namespace weir::streams {

namespace {

using DescribedNode = TopologyDescription::Node;
using DescribedStore = TopologyDescription::Store;
using InternalTopic = TopologyDescription::InternalTopic;
using GlobalTable = TopologyDescription::GlobalTable;

template <class Named>
const Named* find(const std::vector<Named>& all, const std::string& name) {
  auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string listed(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Of the operator that decides what the store's rows are.
std::optional<WindowSpec> windows_of(const TopologyDescription& topology, const std::string& store) {
  for (const DescribedNode& node : topology.nodes) {
    const bool has_it = std::find(node.stores.begin(), node.stores.end(), store) != node.stores.end();
    if (has_it && node.windows) return node.windows;
  }
  return std::nullopt;
}

// Whose partial matches the store has.
std::string pattern_of(const TopologyDescription& topology, const std::string& store) {
  for (const DescribedNode& node : topology.nodes) {
    const bool has_it = std::find(node.stores.begin(), node.stores.end(), store) != node.stores.end();
    if (has_it && node.pattern) return node.pattern->shape;
  }
  return {};
}

std::string to_text(const std::optional<WindowSpec>& windows) {
  if (!windows) return "no windows";
  std::string text = windows->kind;
  for (const auto& [name, number] : windows->numbers) text += " " + name + "=" + std::to_string(number);
  return text;
}

// Rows are kept by the windows' beginnings: windows of another size do not fit to them. Grace, and how far apart
// partners of a join may be, only decide how long rows matter.
bool have_other_rows(const std::optional<WindowSpec>& before, const std::optional<WindowSpec>& after) {
  if (!before || !after) return before.has_value() != after.has_value();
  if (before->kind != after->kind) return true;
  if (before->kind == "join") return false;
  auto without_grace = [](WindowSpec spec) {
    spec.numbers.erase("grace_ms");
    return spec.numbers;
  };
  return without_grace(*before) != without_grace(*after);
}

std::set<std::string> inputs_of_stage(const TopologyDescription& topology, std::size_t stage) {
  std::set<std::string> topics;
  for (const DescribedNode& node : topology.nodes) {
    if (node.stage == stage && node.reads) topics.insert(to_string(*node.reads));
  }
  return topics;
}

// A stage's stores lie in one directory, which is called as the first of them.
std::string directory_of(const TopologyDescription& topology, const DescribedStore& store) {
  std::string first = store.name;
  for (const DescribedStore& other : topology.stores) {
    const bool is_on_disk = !other.is_in_memory && other.kind != "custom";
    if (other.stage == store.stage && is_on_disk) first = std::min(first, other.name);
  }
  return first;
}

class Diff {
 public:
  Diff(const TopologyDescription& before, const TopologyDescription& after) : before_(before), after_(after) {}

  std::vector<TopologyChange> run() {
    for (const DescribedStore& store : before_.stores) {
      const DescribedStore* now = find(after_.stores, store.name);
      now == nullptr ? store_is_gone(store) : compare(store, *now);
    }
    for (const DescribedStore& store : after_.stores) {
      if (find(before_.stores, store.name) == nullptr) store_is_new(store);
      check_order("store " + store.name, store.depends_on_order);
    }
    for (const InternalTopic& topic : before_.internal_topics) {
      const InternalTopic* now = find(after_.internal_topics, topic.name);
      now == nullptr ? topic_is_gone(topic) : compare(topic, *now);
    }
    for (const InternalTopic& topic : after_.internal_topics) {
      if (find(before_.internal_topics, topic.name) == nullptr) {
        add("topic " + topic.name, "new: it is made when the application starts", Effect::begins_empty);
      }
      check_order("topic " + topic.name, topic.depends_on_order);
    }
    compare_global_tables();
    compare_operators();
    return std::move(changes_);
  }

 private:
  void add(std::string what, std::string meaning, Effect effect) {
    changes_.push_back({std::move(what), std::move(meaning), effect});
  }

  void check_order(const std::string& what, bool depends) {
    if (!depends) return;
    add(what, "its name depends on the order of equal operators: an application refuses to run until they are named",
        Effect::loses);
  }

  void store_is_gone(const DescribedStore& store) {
    std::string meaning = "gone: what it holds is no longer used";
    if (!store.is_restored_from_source && !store.changelog.empty())
      meaning += "; topic " + store.changelog + " stays until it is deleted";
    for (const DescribedStore& other : after_.stores) {
      const bool is_alike = other.kind == store.kind && other.key == store.key && other.value == store.value;
      if (!is_alike || find(before_.stores, other.name) != nullptr) continue;
      meaning += ". If it is now called " + other.name + ", give it its old name: {.store = \"" + store.name + "\"}";
      break;
    }
    add("store " + store.name, meaning, Effect::loses);
  }

  void store_is_new(const DescribedStore& store) {
    if (store.is_restored_from_source) {
      add("store " + store.name, "new: filled from topic " + store.changelog + " up to the committed position",
          Effect::rebuilt);
    } else {
      add("store " + store.name, "new: it begins empty, without what was processed before", Effect::begins_empty);
    }
  }

  void compare(const DescribedStore& from, const DescribedStore& to) {
    const std::string what = "store " + from.name;
    const std::string unreadable = ": rows that are there cannot be read. Give the new one another name to begin anew";
    if (from.kind != to.kind) add(what, "kind " + was_and_is(from.kind, to.kind) + unreadable, Effect::loses);
    if (from.key != to.key) add(what, "keys: type " + was_and_is(from.key, to.key) + unreadable, Effect::loses);
    if (from.value != to.value)
      add(what, "values: type " + was_and_is(from.value, to.value) + unreadable, Effect::loses);
    compare_windows(what, from, to);
    compare_patterns(what, from, to);
    compare_places(what, from, to);
  }

  void compare_patterns(const std::string& what, const DescribedStore& from, const DescribedStore& to) {
    const std::string before = pattern_of(before_, from.name);
    const std::string after = pattern_of(after_, to.name);
    if (before == after) return;
    add(what,
        "pattern: " + was_and_is(before, after) +
            ": partial matches of the old one do not fit. Give the new one another name to begin anew",
        Effect::loses);
  }

  void compare_windows(const std::string& what, const DescribedStore& from, const DescribedStore& to) {
    const auto old_windows = windows_of(before_, from.name);
    const auto new_windows = windows_of(after_, to.name);
    if (have_other_rows(old_windows, new_windows)) {
      add(what,
          "windows: " + was_and_is(to_text(old_windows), to_text(new_windows)) +
              ": rows of the old ones do not fit. Give the new one another name to begin anew",
          Effect::loses);
    } else if (old_windows != new_windows) {
      add(what, "windows: " + was_and_is(to_text(old_windows), to_text(new_windows)) + ": counts from now on",
          Effect::none);
    }
    if (from.retention_ms == to.retention_ms) return;
    auto shown = [](const std::optional<std::int64_t>& ms) {
      return ms ? std::to_string(*ms) + " ms" : std::string("without end");
    };
    add(what,
        "retention " + was_and_is(shown(from.retention_ms), shown(to.retention_ms)) +
            ": counts from now on; what is gone already does not come back. The changelog keeps the retention "
            "with which it was made: alter it",
        Effect::none);
  }

  void compare_places(const std::string& what, const DescribedStore& from, const DescribedStore& to) {
    const bool moves = from.is_in_memory != to.is_in_memory ||
                       (!to.is_in_memory && directory_of(before_, from) != directory_of(after_, to));
    if (from.changelog.empty() && (moves || !to.changelog.empty())) {
      add(what,
          to.changelog.empty() ? "lies elsewhere, and has no changelog: it begins empty"
                               : "had no changelog, has one now, which is empty: it begins empty",
          Effect::loses);
    } else if (to.changelog.empty() && !from.changelog.empty()) {
      add(what,
          moves ? "has no changelog any more, and lies elsewhere: it begins empty"
                : "has no changelog any more: it goes on with what is on disk",
          moves ? Effect::loses : Effect::none);
    } else if (from.is_restored_from_source && !to.is_restored_from_source) {
      add(what, "was restored from topic " + from.changelog + ", has a changelog of its own, which is empty",
          Effect::loses);
    } else if (from.changelog != to.changelog) {
      add(what, "changelog " + was_and_is(from.changelog, to.changelog) + ": read again from there", Effect::rebuilt);
    } else if (from.is_in_memory != to.is_in_memory) {
      add(what, std::string(to.is_in_memory ? "now in memory" : "now on disk") + ": read again from its changelog",
          Effect::rebuilt);
    } else if (!to.is_in_memory && directory_of(before_, from) != directory_of(after_, to)) {
      add(what, "its stage keeps other stores, so that its directory changes: read again from its changelog",
          Effect::rebuilt);
    }
    const auto old_inputs = inputs_of_stage(before_, from.stage);
    const auto new_inputs = inputs_of_stage(after_, to.stage);
    if (old_inputs != new_inputs) {
      add(what,
          "its stage read " + listed(old_inputs) + ", reads " + listed(new_inputs) +
              ": the number of partitions must stay the same",
          Effect::none);
    }
  }

  void topic_is_gone(const InternalTopic& topic) {
    add("topic " + topic.name,
        "gone: records in it that are not processed yet are lost; let the old program process everything first",
        Effect::loses);
  }

  void compare(const InternalTopic& from, const InternalTopic& to) {
    const std::string what = "topic " + from.name;
    const std::string unreadable = ": records in it that are not processed yet cannot be read";
    if (from.key != to.key) add(what, "keys: type " + was_and_is(from.key, to.key) + unreadable, Effect::loses);
    if (from.value != to.value)
      add(what, "values: type " + was_and_is(from.value, to.value) + unreadable, Effect::loses);
    if (from.has_partitioner != to.has_partitioner) {
      add(what,
          std::string("partitions are chosen by ") + (to.has_partitioner ? "a callable" : "the keys' hashes") +
              ": keys would go to other tasks than their state",
          Effect::loses);
    }
    if (from.partitions == to.partitions) return;
    auto shown = [](const std::optional<std::int32_t>& partitions) {
      return partitions ? std::to_string(*partitions) : std::string("as many as what stands beside has");
    };
    add(what,
        "partitions: " + was_and_is(shown(from.partitions), shown(to.partitions)) +
            ": keys would go to other tasks than their state, and the application does not start as long as the "
            "topic has another number",
        Effect::loses);
  }

  void compare_global_tables() {
    for (const GlobalTable& table : before_.global_tables) {
      const GlobalTable* now = find(after_.global_tables, table.name);
      if (now == nullptr) add("global table " + table.name, "gone", Effect::none);
      if (now == nullptr || *now == table) continue;
      if (now->topic != table.topic) {
        add("global table " + table.name, "another topic: read from the beginning", Effect::rebuilt);
      } else {
        add("global table " + table.name,
            "another type: rows that lie on disk cannot be read. Give the new one another name, and its topic is read "
            "again",
            Effect::loses);
      }
    }
    for (const GlobalTable& table : after_.global_tables) {
      if (find(before_.global_tables, table.name) == nullptr) {
        add("global table " + table.name, "new: read from the beginning", Effect::none);
      }
    }
  }

  void compare_operators() {
    for (const DescribedNode& node : before_.nodes) {
      const DescribedNode* now = find(after_.nodes, node.name);
      if (now == nullptr) {
        add("operator " + node.name, "gone (" + node.kind + ")" + about_topics(node, "no longer "), Effect::none);
      } else {
        compare(node, *now);
      }
    }
    for (const DescribedNode& node : after_.nodes) {
      if (find(before_.nodes, node.name) != nullptr) continue;
      add("operator " + node.name, "new (" + node.kind + ")" + about_topics(node, ""), Effect::none);
    }
  }

  static std::string named(const TopicsRead& reads) {
    const bool is_one = reads.topics.size() == 1;
    return (is_one ? "topic " : "topics ") + to_string(reads) + (is_one ? " is" : " are");
  }

  static std::string about_topics(const DescribedNode& node, const std::string& prefix) {
    if (node.reads) return ": " + named(*node.reads) + " " + prefix + "read";
    if (node.writes) return ": topic " + *node.writes + " is " + prefix + "written";
    return {};
  }

  void compare(const DescribedNode& from, const DescribedNode& to) {
    for (const auto& change : operator_changes(from, to)) add("operator " + from.name, change, Effect::none);
  }

  const TopologyDescription& before_;
  const TopologyDescription& after_;
  std::vector<TopologyChange> changes_;
};

}  // namespace

std::string to_string(Effect effect) {
  switch (effect) {
    case Effect::none:
      return "ok";
    case Effect::begins_empty:
      return "begins empty";
    case Effect::rebuilt:
      return "rebuilt";
    case Effect::loses:
      return "LOSES DATA";
  }
  return {};
}

std::vector<TopologyChange> topology_diff(const TopologyDescription& before, const TopologyDescription& after) {
  return Diff(before, after).run();
}

bool is_compatible(const std::vector<TopologyChange>& changes) {
  return std::none_of(changes.begin(), changes.end(),
                      [](const TopologyChange& change) { return change.effect == Effect::loses; });
}

}  // namespace weir::streams
