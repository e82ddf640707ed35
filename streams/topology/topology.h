// Topology: what a program does with its records, as data: nodes, the stores they keep, the stages they form. Made by
// streams::Builder; a task instantiates one stage of it for one partition.
//
// A stage is a set of nodes connected by edges or by shared stores; topics, and nothing else, lie between stages.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "streams/state/store.h"
#include "streams/state/type_ops.h"
#include "streams/topology/async_spec.h"
#include "streams/topology/description.h"
#include "streams/topology/error_policy.h"
#include "streams/topology/pattern_outline.h"
#include "streams/topology/retry_spec.h"
#include "streams/topology/source_spec.h"
#include "streams/topology/table_spec.h"
#include "streams/topology/window_spec.h"

namespace weir::streams {

class GlobalFiller;  // streams/operators: what runs
class Node;

// The program's description of its topology makes no sense; the text says what and where.
class TopologyError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

using NodeIndex = std::size_t;

struct SinkSpec {
  std::string topic;
  TopicOwner owner = TopicOwner::user;
  bool has_partitioner = false;  // a callable of the user's chooses partitions
};

struct NodeSpec {
  std::string name;
  std::string kind = {};          // the operation, as the language calls it
  bool is_pinned = false;         // the user chose the name
  bool depends_on_order = false;  // another operator would have had the same derived name (dsl/graph_names.cc)
  std::vector<NodeIndex> parents;
  std::vector<std::string> stores;
  std::vector<NodeIndex> looks_up;         // tables, without being told of their changes
  TableSpec table;                         // of a node that gives one
  std::vector<std::string> global_tables;  // that it looks rows up in
  std::optional<SourceSpec> source;
  std::optional<SinkSpec> sink;
  std::optional<ErrorPolicy> on_error;         // its own; of a source for records that do not decode
  RetrySpec retry;                             // where its records come back from, if it has them put off
  bool has_timers = false;                     // a processor may ask for some
  std::optional<WindowSpec> windows = {};      // that it decides by
  std::optional<AsyncSpec> async = {};         // of an operator whose results come later
  std::optional<PatternOutline> pattern = {};  // that it looks for
  bool changes_key = false;                    // what comes out may have another key than what goes in
  std::function<std::unique_ptr<Node>()> make;
};

enum class StoreKind { key_value, window, custom };

struct StoreSpec {
  std::string name;
  bool is_pinned = false;
  bool depends_on_order = false;
  StoreKind kind = StoreKind::key_value;
  const TypeOps* key = nullptr;
  const TypeOps* value = nullptr;
  std::int64_t retention_ms = 0;  // window stores
  bool keeps_time = false;        // the store's own time is kept over restarts; else an operator keeps it
  std::function<std::unique_ptr<state::Store>(const std::string& name)> make = {};  // custom stores
  bool in_memory = false;  // nothing below the overlay: restored from the changelog at every start
  // No: what is gone with its data, or was not written down yet when a process was killed, does not come back.
  bool has_changelog = true;
  // A source whose topic is the changelog: the store has none of its own, and is restored from what is committed there.
  std::optional<NodeIndex> source = {};
};

// A store that every task has in full: the last value of each key of a topic, or what a processor makes of its records.
// It belongs to no stage and has no changelog: all partitions of its topic are read, by every thread for itself.
struct GlobalTableSpec {
  std::string name;
  std::string topic;
  const TypeOps* key = nullptr;    // of the topic; nullptr: keys are not looked at
  const TypeOps* value = nullptr;  // of the topic
  StoreSpec store = {};            // called as this
  bool takes_null_keys = false;    // no: such records are dropped where they are decoded
  bool takes_null_values = true;
  // Not set: the store has the last value of each key.
  std::function<std::unique_ptr<GlobalFiller>()> make_filler = {};
  bool skips_errors = false;  // records at which the filler throws are left out, and counted; else the run ends

  bool is_on_disk() const { return !store.in_memory && store.kind == StoreKind::key_value; }
};

struct Stage {
  std::vector<NodeIndex> nodes;     // parents before children
  std::vector<NodeIndex> sources;   // those of `nodes` that are sources
  std::vector<std::string> stores;  // sorted
  std::string times_store = {};     // of operators' times that may not fit beside an offset; empty: they fit
};

class Topology {
 public:
  // Checks and cuts into stages. TopologyError.
  Topology(std::vector<NodeSpec> nodes, std::map<std::string, StoreSpec> stores,
           std::map<std::string, GlobalTableSpec> global_tables = {});

  const std::vector<NodeSpec>& nodes() const { return nodes_; }
  const NodeSpec& node(NodeIndex index) const { return nodes_[index]; }
  const std::map<std::string, StoreSpec>& stores() const { return stores_; }
  const std::map<std::string, GlobalTableSpec>& global_tables() const { return global_tables_; }
  const std::vector<Stage>& stages() const { return stages_; }

  // The stores in which nodes below `source` look for the key that its records have.
  std::vector<std::string> stores_keyed_by(NodeIndex source) const;

  TopologyDescription description() const;
  std::string describe() const;  // in the format of Kafka's Topology.describe()
  std::string mermaid() const;   // a flow chart
  std::string to_json() const;   // for `weir streams describe` and `weir streams diff`: docs/formats.md
  // Nodes and stores that keep data under a name that nobody chose: renaming what is above them loses it.
  std::vector<std::string> unpinned() const;
  // Those of them that say which of several equal operators they belong to by the order in which these were described:
  // with one more of them they might go to another's data. An App refuses to run them.
  std::vector<std::string> depending_on_order() const;

 private:
  void add_times_stores();

  std::vector<NodeSpec> nodes_;
  std::map<std::string, StoreSpec> stores_;
  std::map<std::string, GlobalTableSpec> global_tables_;
  std::vector<Stage> stages_;
};

// 1 to 249 of [a-zA-Z0-9._-], not "." or "..": what may be part of a topic's name.
bool is_legal_name(std::string_view name);

// Names of what an application makes.
std::string repartition_topic(const std::string& application_id, const std::string& name);
std::string retry_topic(const std::string& application_id, const std::string& name);
std::string changelog_topic(const std::string& application_id, const std::string& store);
// Whether a topic has such a name, of this topology or of another one that the application had.
bool is_own_topic(const std::string& application_id, const std::string& topic);

}  // namespace weir::streams
