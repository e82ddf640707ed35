// Source: brings data in. The runner polls it, writes what it gives to the topic and its position to the offsets topic,
// both in one transaction, and hands the last committed position back when the source starts again: so a record that
// follows from (position, outside data) is written exactly once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/record.h"

namespace weir::connect {

struct SourceRecord {
  std::optional<OwnedBytes> key;
  std::optional<OwnedBytes> value;
  std::int64_t timestamp_ms = 0;
  std::vector<log::Header> headers;
};

struct SourceBatch {
  std::vector<SourceRecord> records;
  OwnedBytes position;        // where to go on after these records
  bool at_end = false;        // nothing more is there now
  std::uint64_t skipped = 0;  // malformed pieces that were left out, as the connector's policy allows
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
  // What the position is about, as JSON, stable over restarts: part of the key of its record in the offsets topic.
  virtual std::string partition() const = 0;
  // Begins at the committed position, or at the beginning; whatever was polled before is forgotten. Errors name what is
  // wrong outside: a file that was replaced, a position that is not there any more.
  virtual Result<> start(const std::optional<OwnedBytes>& committed, Input input) = 0;
  // Replaces what is in `into` by up to `max_records` records. An error ends the connector; nothing of this poll is
  // written then. An empty batch with an unchanged position is not written either.
  virtual Result<> poll(std::size_t max_records, std::int64_t now_ms, SourceBatch& into) = 0;
};

}  // namespace weir::connect
