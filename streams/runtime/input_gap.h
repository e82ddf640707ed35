// InputGap: records of an input that a position counts on and that are not there: deleted before they were read, or
// lost from the log's end after they were. A position like that is never a beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log/client/consumer.h"

namespace weir::streams {

struct InputGap {
  enum class Kind : std::uint8_t {
    deleted,   // the log begins behind the position
    lost,      // the log ends before the position, or other records stand where those were that were read
    replaced,  // the topic was deleted and made anew
  };

  log::TopicPartition partition;
  Kind kind = Kind::deleted;
  log::Offset from{0};  // the first offset that is missing
  log::Offset to{0};    // behind the last one
  log::Offset start{0};
  log::Offset end{0};  // of what is there
  // Where what is there goes on: behind what was deleted; where the log that was read and this one part.
  log::Offset next{0};

  // "lines-0: offsets 1000 to 1009 were read and are not there any more: ..."
  std::string to_string() const;
};

struct InputPosition {
  log::TopicPartition partition;
  log::Offset offset{0};
  log::LeaderEpoch epoch = log::kNoLeaderEpoch;  // of the record before it; -1: not known
};

// Nothing if the records from the position on are there, and those before it are the ones that were read, as far as the
// epoch says it (KIP-320).
Result<std::optional<InputGap>> find_gap(const InputPosition& position, log::Consumer& consumer);
// The same for a position of another topic, which had this one's name before.
Result<InputGap> gap_of_replaced(const InputPosition& position, log::Consumer& consumer);

}  // namespace weir::streams
