// TopologyDescription: a topology as plain data, without anything that could run it: what is shown, written down as
// JSON, and compared with what another version of the program wrote down. The order of everything is that of the
// topology: the same program gives the same description.
//
// Topics of the application's own stand without the application's id, which comes before them with a "-".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "streams/topology/async_spec.h"
#include "streams/topology/pattern_outline.h"
#include "streams/topology/policy_spec.h"
#include "streams/topology/topics_read.h"
#include "streams/topology/window_spec.h"

namespace weir::streams {

struct TopologyDescription {
  struct Node {
    std::string name;
    std::string kind;  // "source", "filter", "count", "to", ...
    bool is_pinned = false;
    std::size_t stage = 0;
    std::vector<std::string> parents;
    std::vector<std::string> stores;
    std::vector<std::string> global_tables;
    std::optional<TopicsRead> reads;  // a source
    bool starts_at_end = false;       // a source: where no position is committed
    std::optional<std::string> writes;
    bool has_partitioner = false;  // a callable chooses where records go
    std::optional<WindowSpec> windows;
    std::optional<AsyncSpec> async;
    std::optional<PatternOutline> pattern;
    std::optional<std::vector<PolicyStep>> on_error;  // its own; else the application's
    std::vector<std::string> retry_topics;            // from which its records come back

    bool operator==(const Node&) const = default;
  };
  struct Store {
    std::string name;
    std::string kind;  // "key_value", "window", "custom"
    bool is_pinned = false;
    bool depends_on_order = false;
    bool is_in_memory = false;
    std::size_t stage = 0;
    std::string key;  // types, as the compiler spells them; empty where the store's own class knows them
    std::string value;
    std::optional<std::int64_t> retention_ms;  // of windows that end
    std::string changelog;                     // a topic: its own, or the source that it is restored from; empty: none
    bool is_restored_from_source = false;

    bool operator==(const Store&) const = default;
  };
  // Made by the application: between stages, or where records wait to be tried again.
  struct InternalTopic {
    std::string name;
    std::string kind;  // "repartition", "retry"
    bool is_pinned = false;
    bool depends_on_order = false;
    std::optional<std::int32_t> partitions;  // asked for; else as many as what stands beside has
    bool has_partitioner = false;
    std::string key;
    std::string value;

    bool operator==(const InternalTopic&) const = default;
  };
  struct GlobalTable {
    std::string name;
    std::string topic;
    std::string key;
    std::string value;

    bool operator==(const GlobalTable&) const = default;
  };

  std::vector<Node> nodes;  // parents before children
  std::vector<Store> stores;
  std::vector<InternalTopic> internal_topics;
  std::vector<GlobalTable> global_tables;

  std::size_t stages() const;

  std::string to_text() const;     // in the format of Kafka's Topology.describe()
  std::string to_mermaid() const;  // a flow chart
  std::string to_json() const;     // docs/formats.md, "A described topology"
  // corrupt_data with what is missing or wrong.
  static Result<TopologyDescription> from_json(const std::string& text);

  bool operator==(const TopologyDescription&) const = default;
};

}  // namespace weir::streams
