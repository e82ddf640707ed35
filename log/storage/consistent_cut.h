// ConsistentCut: how long each partition was at one moment, all of which is on the disk.
//
// Between two syncs a power cut may keep any part of what was written: an offset and not the records that it speaks of,
// half of a transaction. So the log is taken back to the last such moment, as a whole: what was written since is lost,
// and nothing else. Replaced in one step after each sync (`cut` in the log's directory); it counts only for the crash
// of the run that wrote it. Where it is missing, each partition keeps what is whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::log::storage {

struct ConsistentCut {
  std::string boot_id;                 // of the kernel that ran when it was written
  LeaderEpoch leader_epoch{0};         // of the run
  std::map<std::string, Offset> ends;  // by directory name; partitions that are missing were not there yet

  // Of a partition that is synced on its own terms, or never: nothing is taken back.
  static constexpr Offset kKeepsAll{INT64_MAX};

  OwnedBytes encode() const;
  static Result<ConsistentCut> decode(Bytes content);  // corrupt_data
};

}  // namespace weir::log::storage
