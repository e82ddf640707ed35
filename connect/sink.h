// Sink: takes data out. The runner hands it committed records in order, asks it to flush, and then commits the consumed
// offsets together with the metadata that flush returned, in one OffsetCommit. When it starts again the sink gets that
// metadata back and undoes whatever went out after it: so what is outside is exactly once, if the sink can undo.
#pragma once

#include <cstdint>
#include <string>

#include "connect/sink_commit.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/record.h"

namespace weir::connect {

// One owner thread.
class Sink {
 public:
  virtual ~Sink() = default;

  // Before `start`: for whom it writes, a text that is the same for this task of this connector over this log and no
  // other. A sink that keeps it outside can tell its own work where the first commit was lost in a power cut.
  virtual void belongs_to(const std::string& owner) { (void)owner; }

  // `committed`: the last commit of each of its partitions, where there is one; whatever was put after them is
  // forgotten, inside and outside. A partition may come from another task, or be new beside others that are not: which
  // commits speak of what this sink writes to, the sink can tell. The returned text is committed at once if there was
  // none, so that the sink recognises its own work even if it dies before the first flush.
  virtual Result<std::string> start(const SinkCommits& committed) = 0;
  virtual Result<> put(const log::TopicPartition& from, const log::RecordView& record) = 0;
  // Everything put so far is safe outside; returns the metadata that says so, at most 4,000 bytes.
  virtual Result<std::string> flush() = 0;
  // Malformed records that were left out since this object was made, as the connector's policy allows.
  virtual std::uint64_t skipped() const { return 0; }
};

}  // namespace weir::connect
