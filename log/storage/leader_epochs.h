// LeaderEpochs: at which offset each leader epoch began, so that someone who stopped elsewhere can be told where the
// histories part (KIP-101). Invariant: epochs and start offsets ascend strictly.
#pragma once

#include <vector>

#include "log/base/cursor.h"
#include "log/model/ids.h"

namespace weir::log::storage {

class LeaderEpochs {
 public:
  struct Entry {
    LeaderEpoch epoch;
    Offset start_offset;
    bool operator==(const Entry&) const = default;
  };

  // A batch of `epoch` begins at `offset`; nothing happens if the epoch is known.
  void note(LeaderEpoch epoch, Offset offset);
  void truncate_from(Offset end_offset);

  LeaderEpoch latest() const { return entries_.empty() ? kNoLeaderEpoch : entries_.back().epoch; }

  // The largest epoch that is not above `epoch`, and where it ended; {-1, -1} if there is none.
  struct End {
    LeaderEpoch epoch = kNoLeaderEpoch;
    Offset end_offset = kNoOffset;
  };
  End end_of(LeaderEpoch epoch, Offset log_end) const;
  // The epoch that the record at `offset` was written in.
  LeaderEpoch epoch_at(Offset offset) const;

  const std::vector<Entry>& entries() const { return entries_; }
  void encode(Writer& writer) const;
  void decode(Reader& reader);

 private:
  std::vector<Entry> entries_;
};

}  // namespace weir::log::storage
