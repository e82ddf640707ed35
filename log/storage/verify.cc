#include "log/storage/verify.h"

#include <algorithm>

#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

Result<VerifiedPartition> verify_partition(FileCache& cache, const std::string& directory, Repair repair) {
  RecoveryHints hints;
  hints.use_snapshots = false;
  // Repair takes the log as one whose every batch may be torn: the first that does not check ends it.
  hints.same_boot = repair == Repair::no;
  hints.may_change = repair == Repair::yes;
  WEIR_TRY_VAR(found, recover(cache, directory, hints));
  return VerifiedPartition{directory, found.end, found.scanned_bytes, std::move(found.finding)};
}

}  // namespace

bool VerifyReport::is_sound() const {
  return std::none_of(partitions.begin(), partitions.end(),
                      [](const auto& entry) { return entry.finding.has_value(); });
}

Result<VerifyReport> verify(FileSystem& files, const std::string& path, Repair repair) {
  std::unique_ptr<FileLock> lock;
  if (repair == Repair::yes) {
    WEIR_TRY_VAR(held, files.lock(path + "/lock"));
    lock = std::move(held);
  }
  FileCache cache(files);
  VerifyReport report;
  const std::string partitions = path + "/partitions";
  WEIR_TRY_VAR(names, files.list(partitions));
  for (const auto& name : names) {
    if (!PartitionDirectory::parse(name)) continue;
    WEIR_TRY_VAR(verified, verify_partition(cache, partitions + "/" + name, repair));
    report.partitions.push_back(std::move(verified));
  }
  return report;
}

}  // namespace weir::log::storage
