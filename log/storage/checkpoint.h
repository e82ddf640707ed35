// The checkpoint of a log directory: one small file for all partitions that says how much recovery may rely on. It is
// replaced in one step; without it, or when it does not check, recovery believes nothing and cuts nothing lightly.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::log::storage {

struct Checkpoint {
  struct Partition {
    Offset log_start{0};
    Offset synced{0};      // safe against a power cut below
    Offset written{0};     // written whole below; of use while the kernel runs on
    Offset cleaned_to{0};  // compacted below
    bool operator==(const Partition&) const = default;
  };

  std::string boot_id;                          // of the kernel that ran when it was written
  bool is_clean = false;                        // the log was closed
  LeaderEpoch leader_epoch{0};                  // of everything written since; grows with every unclean start
  std::map<std::string, Partition> partitions;  // by directory name

  OwnedBytes encode() const;
  static Result<Checkpoint> decode(Bytes content);  // corrupt_data
};

}  // namespace weir::log::storage
