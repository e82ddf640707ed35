// verify: reads every batch of a log and checks it; and repair: cuts what is damaged, which nothing else does.
#pragma once

#include <string>
#include <vector>

#include "log/storage/recovery.h"

namespace weir::log::storage {

WEIR_FLAG(Repair);

struct VerifiedPartition {
  std::string directory;
  Offset end{0};
  std::uint64_t bytes = 0;         // that were read and are right
  std::optional<Finding> finding;  // the first place that is not
};

struct VerifyReport {
  std::vector<VerifiedPartition> partitions;
  bool is_sound() const;
};

// `path` is a log's directory. With Repair::yes each partition is cut at the first batch that does not check, and what
// was cut is reported; the log must not be open then (locked). Otherwise nothing is changed, and the end of a log that
// is being written may look torn.
Result<VerifyReport> verify(FileSystem& files, const std::string& path, Repair repair);

}  // namespace weir::log::storage
