// Journal: what several partitions appended, made durable by one sync: their new bytes, in one file that is there
// already in its full size. Their segments are synced behind it, at leisure; after a power cut the journal is written
// into them first of all (journal_replay.h).
//
//   journal/0, journal/1, ...     a ring of a few files of one size, made when they are first needed
//
// A file is used again only when everything in it is synced in its segments, and in the order of the ring, so that an
// entry never outlives one that follows it. What would be wrong to write into a segment again, because a compaction or
// a truncation is about to change it, is first said to be settled: see forget.
//
// Thread-safe. One caller at a time writes and syncs, for all that came meanwhile; the mutex is not held over that.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "log/base/condition.h"
#include "log/base/file.h"
#include "log/storage/journal_format.h"

namespace weir::log::storage {

class Journal {
 public:
  struct Options {
    std::size_t file_bytes = 8 * 1024 * 1024;
    std::size_t files = 4;   // at least two
    Clock* clock = nullptr;  // by which callers wait for each other; nullptr: the system's
  };

  // Bytes of one partition that its segment has at `position`, and that are not durable yet.
  struct Piece {
    std::string directory;  // the partition's, by name
    Offset segment{0};
    std::uint64_t position = 0;
    OwnedBytes bytes;
    Offset end{0};  // of the partition, with these bytes
  };

  // Makes nothing yet. In `directory` there is no journal: see replay_journal.
  Journal(FileSystem& files, std::string directory, Options options);

  // Told, under no lock, each time a file is full: a good moment to sync segments. Set before the first use.
  void on_full_file(std::function<void()> notify) { on_full_file_ = std::move(notify); }

  // True: all of it is on the disk. False: none of it counts, for there is no room, or the journal failed before: the
  // segments are to be synced instead. An error: its sync failed, what is on the disk is unknown, and the partitions
  // must stop. Blocks.
  Result<bool> write(std::span<const Piece> pieces) WEIR_EXCLUDES(mutex_);

  // The segments of the partition are synced up to `end`.
  void settled(const std::string& directory, Offset end) WEIR_EXCLUDES(mutex_);
  // The partition's directory is gone for good.
  void removed(const std::string& directory) WEIR_EXCLUDES(mutex_);
  // Could a replay find something of the partition?
  bool may_name(const std::string& directory) WEIR_EXCLUDES(mutex_);
  // From here on nothing that was written before is written into the partition's segments again, whatever happens.
  // They must be synced. no_space: the journal is full; io_error. Blocks.
  Result<> forget(const std::string& directory) WEIR_EXCLUDES(mutex_);

  // Ends the journal and removes its files, unless they hold what no segment does.
  Result<> close() WEIR_EXCLUDES(mutex_);

 private:
  enum class Outcome { under_way, written, declined, failed };
  // What several callers wait for together.
  struct Group {
    JournalRecord record;
    std::map<std::string, Offset> ends;
    bool may_use_reserve = false;
    Outcome outcome = Outcome::under_way;
    Error error;
  };
  struct RingFile {
    std::unique_ptr<File> file;             // null until it is made
    std::map<std::string, Offset> waiting;  // partitions whose segments are not synced yet up to the offset
    std::set<std::string> names;            // partitions that a replay would find in the file
  };

  std::string path_of(std::size_t index) const { return directory_ + "/" + std::to_string(index); }
  // Waits with others, or writes for them.
  Result<bool> join(const std::shared_ptr<Group>& group) WEIR_EXCLUDES(mutex_);
  void write_pending() WEIR_REQUIRES(mutex_);
  Outcome flush(Group& group) WEIR_EXCLUDES(mutex_);
  Result<bool> turn_to_next_file() WEIR_EXCLUDES(mutex_);
  Result<> make_file(std::size_t index) WEIR_EXCLUDES(mutex_);
  Result<> begin_file(std::size_t index) WEIR_EXCLUDES(mutex_);
  File& file_at(std::size_t index) WEIR_EXCLUDES(mutex_);
  Outcome give_up(const Error& error, Outcome outcome) WEIR_EXCLUDES(mutex_);

  FileSystem& files_;
  const std::string directory_;
  const Options options_;
  std::function<void()> on_full_file_;

  Mutex mutex_;
  Condition changed_ WEIR_GUARDED_BY(mutex_);
  std::vector<RingFile> ring_ WEIR_GUARDED_BY(mutex_);
  std::shared_ptr<Group> pending_ WEIR_GUARDED_BY(mutex_);  // shared: with those who wait for it
  bool is_writing_ WEIR_GUARDED_BY(mutex_) = false;
  std::optional<Error> failed_ WEIR_GUARDED_BY(mutex_);  // nothing is written any more

  // Of whoever is writing.
  std::optional<std::size_t> current_;  // index in the ring
  std::uint64_t position_ = 0;          // in its file
  std::int64_t generation_ = 0;         // of its file
};

}  // namespace weir::log::storage
