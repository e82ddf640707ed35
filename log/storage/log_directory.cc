#include "log/storage/log_directory.h"

#include "log/base/path.h"

namespace weir::log::storage {

LogDirectory::LogDirectory(FileSystem& files, std::string path, Options options)
    : path_(std::move(path)), options_(std::move(options)), cache_(files, options_.max_open_files) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
}

Result<std::unique_ptr<LogDirectory>> LogDirectory::open(FileSystem& files, const std::string& path, Options options) {
  std::unique_ptr<LogDirectory> directory(new LogDirectory(files, path, std::move(options)));
  WEIR_TRY(directory->prepare());
  return directory;
}

Result<> LogDirectory::prepare() {
  if (!options_.read_only) {
    WEIR_TRY(files().create_directories(partitions_path()));
    WEIR_TRY_VAR(lock, files().lock(path_ + "/lock"));
    lock_ = std::move(lock);
  }
  WEIR_TRY(load_checkpoint());
  if (options_.read_only) return {};
  // What was made before a kill may not be safe from a power cut yet.
  WEIR_TRY_VAR(names, files().list(partitions_path()));
  known_.insert(names.begin(), names.end());
  WEIR_TRY(files().sync_directory(partitions_path()));
  WEIR_TRY(files().sync_directory(path_));
  WEIR_TRY(files().sync_directory(parent_directory(path_)));
  WEIR_TRY_VAR(replayed, replay_journal(files(), journal_path(), partitions_path()));
  replayed_ = replayed;
  journal_ = std::make_unique<Journal>(files(), journal_path(), options_.journal);
  if (!was_clean_) leader_epoch_ = checkpoint_.leader_epoch + 1;
  checkpoint_.boot_id = options_.boot_id;
  return store(false, checkpoint_.partitions);
}

Result<> LogDirectory::load_checkpoint() {
  auto content = read_file(files(), checkpoint_path());
  if (!content && content.error().code != ErrorCode::not_found) return fail(content.error());
  if (!content) {
    // A new log, or one whose checkpoint is lost; the difference is what is in the partitions.
    WEIR_TRY_VAR(there, files().exists(partitions_path()));
    if (!there) return fail(ErrorCode::not_found, "no log in " + path_);
    WEIR_TRY_VAR(names, files().list(partitions_path()));
    was_clean_ = names.empty();
    return {};
  }
  auto stored = Checkpoint::decode(*content);
  if (!stored) {
    was_clean_ = false;  // the epoch is that of the batches: see raise_leader_epoch
    return {};
  }
  checkpoint_ = *std::move(stored);
  leader_epoch_ = checkpoint_.leader_epoch;
  was_clean_ = checkpoint_.is_clean;
  same_boot_ = checkpoint_.boot_id == options_.boot_id;
  return {};
}

Result<std::vector<PartitionDirectory>> LogDirectory::partitions() {
  WEIR_TRY_VAR(names, files().list(partitions_path()));
  std::vector<PartitionDirectory> found;
  for (const auto& name : names) {
    if (auto directory = PartitionDirectory::parse(name)) found.push_back(*std::move(directory));
  }
  return found;
}

Result<std::unique_ptr<PartitionLog>> LogDirectory::open_partition(const PartitionDirectory& directory) {
  const std::string path = path_of(directory);
  RecoveryHints hints;
  hints.may_change = !options_.read_only;
  hints.same_boot = same_boot_;
  {
    std::lock_guard lock(mutex_);
    auto known = checkpoint_.partitions.find(directory.name());
    if (known != checkpoint_.partitions.end()) {
      hints.synced = known->second.synced;
      hints.written = known->second.written;
      hints.log_start = known->second.log_start;
      hints.cleaned_to = known->second.cleaned_to;
    }
  }
  if (!options_.read_only) {
    WEIR_TRY(make_directory(directory.name()));
  }
  PartitionLog::Options options;
  options.segment_bytes = options_.segment_bytes;
  options.tail_budget = &tail_budget_;
  options.journal = journal_.get();
  return PartitionLog::open(cache_, path, options, hints);
}

Result<> LogDirectory::make_directory(const std::string& name) {
  const std::string path = partitions_path() + "/" + name;
  std::lock_guard lock(mutex_);
  if (!new_names_) {
    if (known_.contains(name)) return {};
    WEIR_TRY_VAR(there, files().exists(path));
    if (there) return {};
  }
  new_names_ = true;
  WEIR_TRY(files().create_directories(path));
  WEIR_TRY(files().sync_directory(partitions_path()));
  new_names_ = false;
  return {};
}

Result<> LogDirectory::remove_partition(const PartitionDirectory& directory) {
  {
    std::lock_guard lock(mutex_);
    known_.erase(directory.name());
  }
  WEIR_TRY(files().remove_all(path_of(directory)));
  WEIR_TRY(files().sync_directory(partitions_path()));
  if (journal_) journal_->removed(directory.name());
  return {};
}

Result<> LogDirectory::store(bool is_clean, const std::map<std::string, Checkpoint::Partition>& partitions) {
  std::lock_guard lock(mutex_);
  Checkpoint next = checkpoint_;
  next.is_clean = is_clean;
  next.leader_epoch = leader_epoch_;
  next.partitions = partitions;
  WEIR_TRY(replace_file(files(), checkpoint_path(), next.encode()));
  checkpoint_ = std::move(next);
  return {};
}

Result<> LogDirectory::raise_leader_epoch_if_unclean(LeaderEpoch latest_found) {
  if (was_clean_ || options_.read_only || leader_epoch_ > latest_found) return {};
  leader_epoch_ = latest_found + 1;
  return store(false, checkpoint_.partitions);
}

Result<> LogDirectory::write_checkpoint(const std::map<std::string, Checkpoint::Partition>& partitions) {
  return store(false, partitions);
}

Result<> LogDirectory::close(const std::map<std::string, Checkpoint::Partition>& partitions) {
  if (journal_) WEIR_TRY(journal_->close());
  return store(true, partitions);
}

}  // namespace weir::log::storage
