// RestoreReport: how a store was brought up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log/model/ids.h"

namespace weir::streams {

struct RestoreReport {
  std::string store;
  log::PartitionIndex partition;
  log::Offset from;
  log::Offset to;
  std::uint64_t records = 0;
  std::optional<std::string> rebuilt_because;
};

}  // namespace weir::streams
