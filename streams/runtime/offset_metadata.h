// OffsetMetadata: what is committed beside an input's offset, as text: the highest time seen in the partition; the
// times that the task's operators, timers and stores have, so that a restarted task decides as one that was never
// stopped; and what must be there for the offset to mean anything: the topic that it is an offset of, the application's
// own topics that the task writes, and how far its changelogs went.
//
//   1;<partition time, ms>[;<operator>=<time, ms>]...          "1;1700000000000;logins.count=1700000000000"
//   2;<partition time, ms>[;^<topic>][;@<store>=<end>:<epoch>]...[;><own topic>=<topic>]...[;<operator>=<time, ms>]...
//                                          "2;1700000000000;^8c5f01aa;@a1b2c3d4=1010:3;>0badcafe=77aa0b12"
//
// <topic> is the beginning of a topic's id, <store> and <own topic> are short_hash of the name. At most 4096 bytes, the
// limit of the field (offset.metadata.max.bytes).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/result.h"
#include "log/client/producer.h"
#include "log/model/ids.h"

namespace weir::streams {

// FNV-1a of a name, 32 bits.
std::uint32_t short_hash(std::string_view name);
// The first four bytes of an id.
std::uint32_t short_id(const log::TopicId& id);

struct OffsetMetadata {
  static constexpr std::size_t kMaxBytes = 4096;

  // Of operators by their names, of timers by "<operator>#<number>" (when it is due next), of stores that keep their
  // own time by "/<store>".
  using Times = std::map<std::string, std::int64_t>;
  // What of the application's own the task wrote, by short_hash of the name.
  struct Written {
    std::map<std::uint32_t, log::OffsetAndEpoch> changelogs;  // of stores: behind their last committed change
    std::map<std::uint32_t, std::uint32_t> topics;            // the beginnings of their ids

    bool operator==(const Written& other) const;
  };

  std::int64_t partition_time_ms = -1;
  std::optional<std::uint32_t> topic;  // of the offset: the beginning of its id
  Written written;
  Times event_times_ms;

  std::string to_string() const;
  // Empty text: nothing is known. corrupt_data.
  static Result<OffsetMetadata> parse(std::string_view text);

  bool operator==(const OffsetMetadata&) const = default;
};

}  // namespace weir::streams
