// SinkCommit: what an offset of a sink is committed with: the sink's own metadata, and the number of the commit. Each
// partition counts its own commits, so that they stay in order when it goes from one task to another. As text:
// "17 {...}".
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::connect {

struct SinkCommit {
  std::int64_t number = 0;  // 1, 2, ...
  std::string metadata{};   // the sink's

  std::string to_text() const { return std::to_string(number) + " " + metadata; }
  static Result<SinkCommit> parse(const std::string& text);  // corrupt_data
};

// The last commit of each partition that has one.
using SinkCommits = std::map<log::TopicPartition, SinkCommit>;

}  // namespace weir::connect
