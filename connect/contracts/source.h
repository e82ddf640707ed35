// Source: brings data in. The runner polls it, writes what it gives to the topic and its positions to the offsets
// topic, all in one transaction, and hands the last committed positions back when the source starts again: so a record
// that follows from (position, outside data) is written exactly once.
//
// What a source reads has partitions of its own, one or many, which may come and go: files, tables, queues. Each has a
// position. A partition's name is JSON, stable over restarts: part of the key of its record in the offsets topic.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connect/data/connect_records.h"
#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"

namespace weir::connect {

// By the name of the source's partition.
using SourcePositions = std::map<std::string, OwnedBytes>;

// A piece of what is outside that could not become a record and was left out, as the connector's policy allows.
struct RejectedPiece {
  OwnedBytes text;  // as it stands outside, or its beginning
  Error why;
};

struct SourceBatch {
  ConnectRecords records;               // what they borrow lives until the next poll
  SourcePositions positions;            // where to go on after these records; of the partitions that moved, or of more
  bool at_end = false;                  // nothing more is there now
  std::vector<RejectedPiece> rejected;  // counted, and written to the dead letters where there is a topic for them
};

// Whether more will be added outside. If what is there is all, its end completes its last piece (a line without a
// newline), which otherwise may still grow.
enum class Input { may_grow, is_complete };

// One owner thread.
class Source {
 public:
  virtual ~Source() = default;

  // What can be seen to be wrong outside before it starts, such as a header that names no columns; what is not there
  // yet is not wrong. `connect lint` asks.
  virtual Result<> check() { return {}; }
  // Begins at the committed positions, and where there is none at the beginning; whatever was polled before is
  // forgotten. `committed` has those of the whole connector, also of partitions that other tasks read. Errors name what
  // is wrong outside: a file that was replaced, a position that is not there any more.
  virtual Result<> start(const SourcePositions& committed, Input input) = 0;
  // Replaces what is in `into` by up to `max_records` records, the same vector's room used again. It may wait for them,
  // at most for `patience`. An error ends the task, or is tried again after `start` if it may pass (failure.h); nothing
  // of this poll is written then. An empty batch with unchanged positions is not written either.
  virtual Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) = 0;
  // All that was polled so far is committed in the log, with its positions: what waits for that outside may be told (an
  // answer, an acknowledgement). An error is as one of poll; the records stay written.
  virtual Result<> committed() { return {}; }
};

}  // namespace weir::connect
