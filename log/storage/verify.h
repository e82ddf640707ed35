// verify: reads every batch of a log, checks it, and compares what is there with what the checkpoint says was there;
// and repair: cuts what is damaged and accepts what is lost, which nothing else does.
#pragma once

#include <string>
#include <vector>

#include "log/storage/checkpoint.h"
#include "log/storage/recovery.h"

namespace weir::log::storage {

WEIR_FLAG(Repair);

struct VerifiedPartition {
  std::string directory;
  Offset end{0};
  std::uint64_t bytes = 0;         // that were read and are right
  std::optional<Finding> finding;  // the first thing that is not
};

struct VerifyReport {
  std::vector<VerifiedPartition> partitions;
  std::vector<std::string> problems;  // of the log as a whole: what its parts say of each other
  bool is_sound() const;
};

struct VerifyOptions {
  Repair repair = Repair::no;
  std::string boot_id{};  // as LogDirectory::Options
};

// `path` is a log's directory. With Repair::yes each partition is cut at the first batch that does not check, and what
// was cut or is lost is reported and from then on not missed any more; the log must not be open then (locked). The next
// open begins a new leader epoch, so that positions behind the cut are found out. Otherwise nothing is changed, and the
// end of a log that is being written may look torn.
Result<VerifyReport> verify(FileSystem& files, const std::string& path, const VerifyOptions& options);

}  // namespace weir::log::storage
