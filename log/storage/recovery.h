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
//
// What should be there and is not, a lost end, a lost beginning, everything, is damage too: an end below what is known
// to have been there (`written` while the page cache lives, `synced` otherwise), or a first segment behind the log's
// start.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/storage/partition_state.h"
#include "log/storage/segment.h"

namespace weir::log::storage {

struct RecoveryHints {
  bool same_boot = true;           // or not known: then nothing is cut lightly
  bool checks_everything = false;  // also what was checked before: every checksum
  Offset synced{0};
  Offset written{0};
  Offset log_start{0};
  Offset cleaned_to{0};       // compacted below
  bool is_known = false;      // the offsets above were written down; else they are what nobody knows better
  bool use_snapshots = true;  // false: everything is read and checked, from the first segment on
  bool may_change = true;     // false: opened for reading, nothing is cut or created
  // After a power cut everything from here on is taken for lost, also where it is there: see docs/decisions.
  std::optional<Offset> cut_at{};

  // What ends below has lost something.
  Offset known_end() const { return same_boot ? std::max(written, synced) : synced; }
};

// What is not as it should be, and what became of it.
struct Finding {
  enum class Kind {
    torn,         // an end that was being written: cut, or to be cut by the next open
    damaged,      // bytes that do not check: kept
    lost,         // records that were there and are not
    unavailable,  // the partition could not be opened: `reason`
  };
  Kind kind = Kind::torn;
  std::string file;  // or the partition's directory
  std::uint64_t position = 0;
  Offset offset{0};         // the first that is not there
  std::uint64_t bytes = 0;  // from here on, later segments included
  bool is_damage = false;   // nothing is changed and the partition takes no appends; otherwise cut
  Offset lost_to{0};        // where what is known to be lost ends, if that is behind `offset`
  bool is_cut = false;      // it was cut, or accepted as lost, and not only found
  std::string reason{};
  std::string to_string() const;
};

struct Recovered {
  std::vector<std::unique_ptr<Segment>> segments;  // at least one, unless opened for reading
  PartitionState state;
  Offset end{0};
  std::optional<Finding> finding;
  std::uint64_t scanned_bytes = 0;
};

// io_error, no_space. The directory must be there. Of producers whose batches are read anew something is known since
// `now_ms`: when the batches were appended nobody can say, what their records say is not it.
Result<Recovered> recover(FileCache& cache, const std::string& directory, const RecoveryHints& hints,
                          std::int64_t now_ms);

}  // namespace weir::log::storage
