// SinkCommit: the metadata that a sink's offsets are committed with: the sink's own, and the number of the commit. Each
// commit covers all partitions that are assigned then; where topics were taken away and given back, some partitions
// carry an older one, and the highest number tells what the sink wrote last. As text: "17 {...}".
#pragma once

#include <cstdint>
#include <string>

#include "log/base/result.h"

namespace weir::connect {

struct SinkCommit {
  std::int64_t number = 0;  // 1, 2, ...
  std::string metadata;     // the sink's

  std::string to_text() const { return std::to_string(number) + " " + metadata; }
  static Result<SinkCommit> parse(const std::string& text);  // corrupt_data
};

}  // namespace weir::connect
