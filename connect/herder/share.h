// Share: what one worker has, or is to have: connectors and tasks.
#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "connect/settings/connector_task_id.h"

namespace weir::connect {

struct Share {
  std::set<std::string> connectors{};
  std::set<ConnectorTaskId> tasks{};

  bool empty() const { return connectors.empty() && tasks.empty(); }
  bool operator==(const Share&) const = default;

  void add(const Share& more) {
    connectors.insert(more.connectors.begin(), more.connectors.end());
    tasks.insert(more.tasks.begin(), more.tasks.end());
  }
  void remove(const Share& less) {
    for (const auto& connector : less.connectors) connectors.erase(connector);
    for (const auto& task : less.tasks) tasks.erase(task);
  }
  Share without(const Share& less) const {
    Share rest = *this;
    rest.remove(less);
    return rest;
  }
  Share within(const Share& other) const { return without(without(other)); }
};

}  // namespace weir::connect
