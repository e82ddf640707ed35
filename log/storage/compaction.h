// Compaction: for a log that keeps the latest record of each key. Which closed segments may be compacted, decided from
// facts about them; and the compaction of those, segment files in, segment files out.
//
//   0 ........ cleaned_to ................ bound ............. end
//   | clean    | dirty: its keys are noted | not to be touched |
//
// Bound: below the last stable offset, closed, and older than the lag that readers are given. The records of everything
// below are filtered by the keys of the dirty part. Where batches go, an empty one stands for their offsets, so that
// offsets follow one another without a gap in every log of Weir, compacted or not: what does not follow is damage.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/file.h"
#include "log/base/task.h"
#include "log/model/topic_defaults.h"
#include "log/storage/compaction_filter.h"
#include "log/storage/segment_index.h"

namespace weir::log::storage {

struct CompactionPolicy {
  double min_dirty_ratio = 0.5;         // of the bytes below the bound
  std::int64_t min_lag_ms = 0;          // records younger than this stay as they are
  std::int64_t max_lag_ms = INT64_MAX;  // what is dirty for longer is compacted whatever the ratio
  std::int64_t delete_retention_ms = kDeleteRetentionMs;
};

// What deciding needs to know of a closed segment.
struct SegmentFacts {
  Offset base;
  Offset next;
  std::uint64_t bytes = 0;
  std::int64_t first_timestamp_ms = kNoTimestamp;
  std::int64_t max_timestamp_ms = kNoTimestamp;
};

struct Cleanable {
  std::size_t first_dirty = 0;  // index of the first segment with something dirty
  std::size_t end = 0;          // of the segments below the bound
  double dirty_ratio = 0;
  bool is_due = false;
};

// `segments` are closed, in the order of the log.
Cleanable find_cleanable(const std::vector<SegmentFacts>& segments, Offset cleaned_to, Offset last_stable,
                         const CompactionPolicy& policy, std::int64_t now_ms);

// What a compaction works on, taken under the partition's mutex; the rest needs no lock.
struct CompactionPlan {
  struct Input {
    std::shared_ptr<File> file;
    std::string path;
    Offset base;
    Offset next;
    std::uint64_t size = 0;
  };
  std::string directory;
  std::vector<Input> segments;  // from the log's first on
  std::size_t first_dirty = 0;
  std::vector<AbortedTransaction> aborted;
  LastBatches last;
  std::size_t segment_bytes = 0;  // of an output, at most, unless one input is larger
};

// A file that takes the place of the inputs [first, end). Not there yet under its name.
struct CompactedSegment {
  std::size_t first = 0;
  std::size_t end = 0;
  Offset base;
  Offset next;
  std::uint64_t size = 0;
  SegmentIndex index;
  std::string temporary;  // path
};

struct Compacted {
  std::vector<CompactedSegment> segments;  // those that differ from what was there
  Offset cleaned_to{0};
  std::uint64_t records_removed = 0;
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
};

// A compaction is done in steps, so that it holds up nobody.
struct CompactionPace {
  std::size_t step_bytes = std::numeric_limits<std::size_t>::max();  // read and written, about
  std::function<Task<Result<>>()> rest = {};  // awaited behind each step; an error ends the compaction
};

struct CompactionRun {
  std::size_t key_memory = 64 * 1024 * 1024;
  CompactionRules rules;
  CompactionPace pace{};
};

// A step blocks. corrupt_message with file and position where a batch does not check, io_error, no_space; what `rest`
// ended it with. After an error, and if the task is destroyed on its way, nothing is left behind. `files` outlives it.
Task<Result<Compacted>> compact(FileSystem& files, CompactionPlan plan, CompactionRun run);

// Before the outputs are adopted (PartitionLog::adopt): removes what is derived from the inputs and would not fit them,
// and every snapshot. After an error the outputs are gone.
Result<> make_way(FileSystem& files, const CompactionPlan& plan, const Compacted& compacted);

// Of a compaction that is not adopted.
void discard(FileSystem& files, const Compacted& compacted);

// Files that an adoption left without use. They go when the names of the new files are safe.
struct Superseded {
  std::string directory;
  std::vector<std::string> paths;
};
// That they are gone is safe when this returns. After an error some may be left: to be tried again.
Result<> remove(FileSystem& files, const Superseded& superseded);

}  // namespace weir::log::storage
