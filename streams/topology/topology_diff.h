// topology_diff: what becomes of a running application's data when its program is exchanged for another one, told from
// the two described topologies. A pure function: nothing is looked up in a log.
//
// Data is found by names: a store's by the store's, with its changelog; records between stages by the topic's.
#pragma once

#include <string>
#include <vector>

#include "streams/topology/description.h"

namespace weir::streams {

enum class Effect {
  none,          // nothing is lost: the change concerns what comes
  begins_empty,  // there is no data yet
  rebuilt,       // read again from a topic, which may take a while; nothing is lost
  loses,         // state, or records on their way, would be lost or could not be read
};
std::string to_string(Effect effect);

struct TopologyChange {
  std::string what;     // "store counts"
  std::string meaning;  // what changed, and what that means for the application
  Effect effect = Effect::none;

  bool operator==(const TopologyChange&) const = default;
};

// Stores first, then topics, tables and operators, each by its place in the topologies. Empty if nothing changed.
std::vector<TopologyChange> topology_diff(const TopologyDescription& before, const TopologyDescription& after);

// The new program can take over what the old one has.
bool is_compatible(const std::vector<TopologyChange>& changes);

}  // namespace weir::streams
