// ConnectorTaskId: one task of a connector, by name: "orders-0".
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace weir::connect {

struct ConnectorTaskId {
  std::string connector;
  std::int32_t task = 0;

  std::string to_string() const { return connector + "-" + std::to_string(task); }
  auto operator<=>(const ConnectorTaskId&) const = default;
};

}  // namespace weir::connect
