// LogDirectory: the directory of a log: its lock, its checkpoint and its partitions' directories.
//
//   lock                   held while a process has the log open
//   checkpoint             see checkpoint.h
//   cut                    see consistent_cut.h; where the log is synced at intervals
//   journal/               see journal.h; there while the log is open, or after an unclean end
//   metadata/              snapshots of the metadata, where there are any (cluster/metadata_snapshot.h)
//   partitions/<name>/     see format.h
//
// Thread-safe, but for open and close.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "log/base/mutex.h"
#include "log/model/topic_defaults.h"
#include "log/storage/checkpoint.h"
#include "log/storage/consistent_cut.h"
#include "log/storage/format.h"
#include "log/storage/journal_replay.h"
#include "log/storage/partition_log.h"

namespace weir::log::storage {

WEIR_FLAG(Lost);

class LogDirectory {
 public:
  struct Options {
    std::size_t segment_bytes = kSegmentBytes;
    std::size_t max_open_files = 1'000;
    bool read_only = false;
    std::string boot_id;  // of the running kernel
    Journal::Options journal{};
    Clock* clock = &SystemClock::instance();
  };

  // locked: another process has it. An unclean end begins a new leader epoch, which is on the disk when this returns.
  static Result<std::unique_ptr<LogDirectory>> open(FileSystem& files, const std::string& path, Options options);

  // The directories of partitions that are there.
  Result<std::vector<PartitionDirectory>> partitions();

  // Opens the partition, after making its directory if it is new.
  Result<std::unique_ptr<PartitionLog>> open_partition(const PartitionDirectory& directory);
  // The same where that failed: answers everything with `why`.
  std::unique_ptr<PartitionLog> unavailable_partition(const PartitionDirectory& directory, const Error& why);
  // Removes the directory and what it holds. The partition must not be open any more.
  Result<> remove_partition(const PartitionDirectory& directory);

  LeaderEpoch leader_epoch() const { return leader_epoch_; }
  bool was_clean() const { return was_clean_; }
  // The last end was not clean, and the machine went down with it.
  bool lost_power() const { return !was_clean_ && !same_boot_; }
  // When it was opened there was a moment to which a power cut from now on may take it back.
  bool had_cut_of_this_boot() const { return has_cut_of_this_boot_; }
  bool is_read_only() const { return options_.read_only; }
  std::size_t segment_bytes() const { return options_.segment_bytes; }  // of topics that do not say
  FileSystem& files() { return cache_.files(); }
  // Where snapshots of the log's metadata are.
  std::string metadata_path() const { return path_ + "/metadata"; }
  // For partitions that are made durable together; null for a log that is open for reading only.
  Journal* journal() { return journal_.get(); }
  // What the last journal gave back to the segments when this log was opened.
  const Replayed& replayed() const { return replayed_; }

  // Ends of one moment, everything below which is on the disk; written if they are new, and no later moment was
  // written.
  Result<> write_cut(std::uint64_t moment, std::map<std::string, Offset> ends);
  // Of these a power cut takes nothing back from here on. By directory name; they may be new.
  Result<> keep_all_of(const std::vector<std::string>& names);
  // From here on a power cut takes nothing back that is whole: before something is promised to be durable by itself.
  Result<> drop_cut();

  // Every partition that was there is open. After an unclean end, or where something was lost, the epoch must be larger
  // than that of any batch, also if the checkpoint was lost. Before anything is appended; once.
  Result<> opened(LeaderEpoch latest_found, Lost has_lost);

  // Writes down how far each partition is synced and written.
  Result<> write_checkpoint(const std::map<std::string, Checkpoint::Partition>& partitions);
  // The same as the last thing that is done: the next open reads little.
  Result<> close(const std::map<std::string, Checkpoint::Partition>& partitions);

 private:
  LogDirectory(FileSystem& files, std::string path, Options options);

  Result<> replace_cut(std::map<std::string, Offset> ends) WEIR_REQUIRES(mutex_);
  void cut_hints(const std::string& name, RecoveryHints& hints) const;
  RecoveryHints hints_for(const PartitionDirectory& directory);
  PartitionLog::Options partition_options();
  std::string path_of(const PartitionDirectory& directory) const { return partitions_path() + "/" + directory.name(); }
  std::string partitions_path() const { return path_ + "/partitions"; }
  std::string journal_path() const { return path_ + "/journal"; }
  std::string cut_path() const { return path_ + "/cut"; }
  Result<> load_cut();
  void enter_boot();
  void note_boot();
  std::string checkpoint_path() const { return path_ + "/checkpoint"; }
  Result<> prepare();
  Result<> make_directory(const std::string& name);
  Result<> load_checkpoint();
  Result<> store(bool is_clean, const std::map<std::string, Checkpoint::Partition>& partitions);

  std::string path_;
  Options options_;
  FileCache cache_;
  TailBudget tail_budget_;
  std::unique_ptr<Journal> journal_;
  Replayed replayed_;
  std::unique_ptr<FileLock> lock_;
  Mutex mutex_;                                     // of the checkpoint file and new_names_
  std::unordered_set<std::string> known_;           // names of partitions' directories that were there at the beginning
  bool new_names_ WEIR_GUARDED_BY(mutex_) = false;  // partitions were made, and that is not safe yet
  Checkpoint checkpoint_;
  std::optional<ConsistentCut> cut_;                  // to which a power cut takes the log back, while it is opened
  std::uint64_t moment_ WEIR_GUARDED_BY(mutex_) = 0;  // of the cut that was written last
  std::map<std::string, Offset> written_cut_ WEIR_GUARDED_BY(mutex_);  // the ends that were written last
  bool has_cut_of_this_boot_ = false;
  bool may_have_cut_ = true;     // a file may be there
  LeaderEpoch leader_epoch_{0};  // the checkpoint's; settled when the log has been opened
  bool same_boot_ = true;
  bool was_clean_ = true;
};

}  // namespace weir::log::storage
