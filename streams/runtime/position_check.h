// Whether a store that stands at a position of a topic can go on from there, or why it is to be rebuilt: the topic may
// be another one by now, may have lost its tail, may begin later, or may have dropped deletions since.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "log/client/consumer.h"
#include "streams/state/position.h"

namespace weir::streams {

struct PositionCheck {
  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  log::TopicPartition partition;
  log::TopicId topic;  // as it is now
  log::Offset end;     // up to which is to be read
  std::int64_t now_ms = 0;
  std::int64_t deletions_live_ms = kForever;  // delete.retention.ms; for ever where nothing is compacted away
};

// Nothing if it can go on.
Result<std::optional<std::string>> why_rebuild(const state::Position& position, const PositionCheck& check,
                                               log::Consumer& consumer);

}  // namespace weir::streams
