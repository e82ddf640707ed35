// Sink: takes data out. The runner hands it committed records in order, asks it to flush, and then commits the consumed
// offsets together with the metadata that flush returned, in one OffsetCommit. When it starts again the sink gets that
// metadata back and undoes whatever went out after it: so what is outside is exactly once, if the sink can undo. A sink
// that keeps positions beside its data, in one transaction with it, says at the start from where on it wants records.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "connect/contracts/sink_commit.h"
#include "connect/data/connect_record.h"
#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::connect {

// What a sink begins with.
struct SinkStart {
  std::vector<log::TopicPartition> partitions{};  // that are its own
  SinkCommits committed{};                        // the last commit of each, where there is one
  // For whom it writes, a text that is the same for this task of this connector over this log and no other. A sink that
  // keeps it outside can tell its own work where the first commit was lost in a power cut.
  std::string owner{};
};

struct SinkStarted {
  // Committed at once if nothing was yet, so that the sink recognises its own work even if it dies before the first
  // flush.
  std::string metadata{};
  // Of the partitions whose positions it keeps itself: the offset of the next record it wants, whatever is committed.
  std::map<log::TopicPartition, log::Offset> positions{};
};

// One owner thread.
class Sink {
 public:
  virtual ~Sink() = default;

  // What can be seen to be wrong outside before it starts; what is not there yet is not wrong. `connect lint` asks.
  virtual Result<> check() { return {}; }
  // Whatever was put after the commits is forgotten, inside and outside. A partition may come from another task, or be
  // new beside others that are not: which commits speak of what this sink writes to, the sink can tell.
  virtual Result<SinkStarted> start(const SinkStart& from) = 0;
  // Takes all of them, or none: after an error it is as if it had not been called, and what was put before is still
  // there. So a batch that fails can be put again in parts, until the record that it fails for stands alone. Errors
  // that may pass (failure.h) are tried again; `invalid_record` and `corrupt_data` blame the records.
  virtual Result<> put(std::span<ConnectRecord> records) = 0;
  // Everything put so far is safe outside; returns the metadata that says so, at most 4,000 bytes.
  virtual Result<std::string> flush() = 0;
  // Whether a flush is wanted although nothing was put since the last one; asked about as often as commits are due.
  virtual bool wants_flush() const { return false; }
  // What the last `flush` returned is committed.
  virtual Result<> committed() { return {}; }
};

}  // namespace weir::connect
