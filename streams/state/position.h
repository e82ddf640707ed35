// Position: how far into a store's changelog the rows below the overlay go. It is written by the same batch as the rows
// it belongs to, so that it is right after any crash (docs/architecture.md, "State").
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "log/base/bytes.h"
#include "log/model/ids.h"

namespace weir::streams::state {

// What is made of several partitions of a topic (a global store) has a place in each.
struct Place {
  log::LeaderEpoch epoch = log::kNoLeaderEpoch;
  log::Offset next{0};  // first offset that is not contained

  bool operator==(const Place&) const = default;
};

struct Position {
  log::TopicId topic;  // a recreated changelog is another topic
  log::LeaderEpoch epoch = log::kNoLeaderEpoch;
  log::Offset next{0};  // first changelog offset that is not contained
  std::int64_t commit_time_ms = 0;
  std::vector<Place> further = {};  // in the partitions 1, 2, ...; the place above is that in partition 0

  bool operator==(const Position&) const = default;

  // version (1), topic id (16), epoch (4), next (8), commit time (8); version 2, with further places: each epoch (4),
  // next (8)
  OwnedBytes encode() const;
  static std::optional<Position> decode(Bytes bytes);
};

}  // namespace weir::streams::state
