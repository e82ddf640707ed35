// Recovery: what a partition's directory holds, decided when it is opened.
//
// Three places tell how much is to be believed, all batch starts:
//   synced    everything below was on the disk before (recovery point)
//   written   everything below was checked, or written whole, before (of use while the page cache survived)
//   end       where the last batch that checks ends: what this decides
//
// Same boot: the page cache survived the crash, so only an incomplete batch at the very end can be torn by it; anything
// else that does not check is damage. Other boot: below `synced` it is damage; above, the log is cut at the first batch
// that does not check. Damage is never cut here: it is kept, the partition can be read up to it and takes no appends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/storage/partition_state.h"
#include "log/storage/segment.h"

namespace weir::log::storage {

struct RecoveryHints {
  bool same_boot = true;  // or not known: then nothing is cut lightly
  Offset synced{0};
  Offset written{0};
  Offset log_start{0};
  Offset cleaned_to{0};       // compacted below
  bool use_snapshots = true;  // false: everything is read and checked, from the first segment on
  bool may_change = true;     // false: opened for reading, nothing is cut or created
};

// Bytes that do not check, and what became of them.
struct Finding {
  std::string file;
  std::uint64_t position = 0;
  Offset offset{0};         // the first that is not there
  std::uint64_t bytes = 0;  // from here on, later segments included
  bool is_damage = false;   // kept; otherwise cut
  std::string to_string() const;
};

struct Recovered {
  std::vector<std::unique_ptr<Segment>> segments;  // at least one, unless opened for reading
  PartitionState state;
  Offset end{0};
  std::optional<Finding> finding;
  std::uint64_t scanned_bytes = 0;
};

// io_error, no_space. The directory must be there.
Result<Recovered> recover(FileCache& cache, const std::string& directory, const RecoveryHints& hints);

}  // namespace weir::log::storage
