// What the graph decides about tables: whose rows are kept, and who says what was there before a change.
#include "streams/graph/graph.h"
#include "streams/operators/versioned_table_node.h"

namespace weir::streams {

void Graph::add_table(NodeIndex node, TableNode table, const std::string& store) {
  nodes_[node].looks_up = table.above;
  nodes_[node].table.shows_initial_value = compat_ == Compat::kafka;
  if (table.rows == Rows::kept) nodes_[node].table.store = store;  // made by the node itself
  const bool keeps_view = table.rows != Rows::kept && !store.empty();
  tables_.emplace(node, std::move(table));
  if (keeps_view) keep(node, store);
}

void Graph::keep(NodeIndex table, const std::string& store) {
  NodeSpec& node = nodes_[table];
  if (!node.table.store.empty()) return;
  const TableNode& spec = tables_.at(table);
  node.table.store = add_store(store, node.parents.front(), spec.operation, spec.store);
  node.stores.push_back(node.table.store);
}

void Graph::add_versions(NodeIndex table, const std::string& store, StoreSpec history) {
  keep(table, store);
  NodeSpec& node = nodes_[table];
  history.name = history_store(node.table.store);
  history.is_pinned = !store.empty();
  if (has_store(history.name)) throw TopologyError("two stores are called '" + history.name + "'");
  node.stores.push_back(history.name);
  if (auto derived = store_derivations_.find(node.table.store); derived != store_derivations_.end()) {
    store_derivations_[history.name] = {history_store(derived->second.base), derived->second.below};
  }
  tables_.at(table).history_ms = history.retention_ms;
  stores_.emplace(history.name, std::move(history));
}

// A view whose rows are kept has but the latest.
std::optional<std::int64_t> Graph::history_ms(NodeIndex table) const {
  const TableNode& spec = tables_.at(table);
  if (spec.rows != Rows::computed || !nodes_[table].table.store.empty()) return spec.history_ms;
  return history_ms(spec.above.front());
}

std::vector<std::string> Graph::with_histories(std::vector<std::string> stores) const {
  const std::size_t named = stores.size();
  for (std::size_t i = 0; i < named; ++i) {
    if (stores_.contains(history_store(stores[i]))) stores.push_back(history_store(stores[i]));
  }
  return stores;
}

// The stores that a look-up in `table` reads; those that are missing are made.
std::vector<std::string> Graph::stores_under(NodeIndex table) {
  const TableNode& spec = tables_.at(table);
  if (spec.rows == Rows::received) keep(table, {});
  if (!nodes_[table].table.store.empty()) return {nodes_[table].table.store};
  std::vector<std::string> stores;
  for (NodeIndex above : spec.above) {
    auto of_one = stores_under(above);
    stores.insert(stores.end(), of_one.begin(), of_one.end());
  }
  return stores;
}

void Graph::look_up(NodeIndex node, NodeIndex table) {
  nodes_[node].looks_up.push_back(table);
  auto stores = stores_under(table);
  nodes_[node].stores.insert(nodes_[node].stores.end(), stores.begin(), stores.end());
}

std::optional<std::int64_t> Graph::closes_after_ms(NodeIndex table) const {
  const TableNode& spec = tables_.at(table);
  if (spec.rows == Rows::computed) return closes_after_ms(spec.above.front());
  if (spec.rows != Rows::joined) return spec.closes_after_ms;
  std::optional<std::int64_t> last;  // of the two tables the one whose windows close later
  for (NodeIndex above : spec.above) last = std::max(last, closes_after_ms(above));
  return last;
}

bool Graph::want_old_values(NodeIndex table, Keep keep_rows) {
  const TableNode& spec = tables_.at(table);
  bool is_known = !nodes_[table].table.store.empty();
  if (!is_known) {
    switch (spec.rows) {
      case Rows::received:
        if (keep_rows == Keep::always) keep(table, {});
        is_known = keep_rows == Keep::always;
        break;
      case Rows::computed:
        is_known = want_old_values(spec.above.front(), keep_rows);
        break;
      case Rows::joined:  // reads both anyway
        for (NodeIndex above : spec.above) want_old_values(above, Keep::always);
        is_known = true;
        break;
      case Rows::kept:
        break;  // has a store
    }
  }
  if (spec.rows == Rows::kept) {
    for (NodeIndex above : spec.above) want_old_values(above, keep_rows);  // the changes are theirs
  }
  nodes_[table].table.sends_old_values = nodes_[table].table.sends_old_values || is_known;
  return is_known;
}

// The source whose topic is as good as a changelog of the table's rows, if there is one and that is wanted.
std::optional<NodeIndex> Graph::source_of(NodeIndex table) const {
  const TableNode& spec = tables_.at(table);
  const NodeSpec& node = nodes_[table];
  if (!optimizations_.source_topics_as_changelogs || spec.rows != Rows::received || node.table.store.empty()) return {};
  const NodeIndex above = node.parents.front();
  const auto& source = nodes_[above].source;
  if (!source || source->owner != TopicOwner::user || source->timestamp || source->key == nullptr) return {};
  if (source->may_read_others()) return {};  // a changelog is one topic
  if (source->starts_at_end) return {};      // the topic has rows that the table never had
  if (spec.history_ms || node.table.sends_old_values || !spec.store.has_changelog) return {};
  return above;
}

std::string Graph::add_global_table(GlobalTableSpec spec) {
  const bool is_named = !spec.name.empty();
  if (!is_named) spec.name = spec.topic + ".global_table";
  spec.store.name = spec.name;
  const std::string name = spec.name;
  auto [found, is_new] = global_tables_.emplace(name, spec);
  if (stores_.contains(name)) throw TopologyError("two stores are called '" + name + "'");
  if (is_new) return name;
  if (is_named) throw TopologyError("two global tables are called '" + name + "'");
  if (found->second.key != spec.key || found->second.value != spec.value) {
    throw TopologyError("topic " + spec.topic + " is read as two global tables of different types");
  }
  if (found->second.store.in_memory != spec.store.in_memory) {
    throw TopologyError("topic " + spec.topic + " is read as two global tables, one of them in memory: name them");
  }
  return name;
}

void Graph::add_global_store(GlobalTableSpec spec) {
  const std::string name = spec.name;
  if (!is_legal_name(name)) throw TopologyError("'" + name + "' is no name of a store");
  if (stores_.contains(name)) throw TopologyError("two stores are called '" + name + "'");
  if (!global_tables_.emplace(name, std::move(spec)).second) {
    throw TopologyError("two global stores are called '" + name + "'");
  }
}

}  // namespace weir::streams
