#include "log/storage/log_directory.h"

#include "log/base/directory.h"
#include "log/base/path.h"

namespace weir::log::storage {

LogDirectory::LogDirectory(FileSystem& files, std::string path, Options options)
    : path_(std::move(path)), options_(std::move(options)), cache_(files, options_.max_open_files) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
}

Result<std::unique_ptr<LogDirectory>> LogDirectory::open(FileSystem& files, const std::string& path, Options options) {
  std::unique_ptr<LogDirectory> directory(new LogDirectory(files, path, std::move(options)));
  const auto prepared = directory->prepare();
  if (prepared) return directory;
  const bool is_of_directory = is_refused_for_now(prepared.error().code) || !files.list(directory->partitions_path());
  if (directory->options_.read_only || !is_of_directory) return fail(prepared.error());
  return fail(unusable_directory(files, directory->path_, prepared.error(),
                                 {"the log", "`--data`, or what log::open is given"}));
}

Result<> LogDirectory::prepare() {
  if (!options_.read_only) {
    WEIR_TRY(files().create_directories(partitions_path()));
    auto lock = files().lock(path_ + "/lock");
    if (!lock && lock.error().code == ErrorCode::locked) {
      return fail(ErrorCode::locked, path_ + ": a running program owns this log (" + lock.error().detail +
                                         "). Until it ends only that program can write; reading works beside it: weir "
                                         "topic list, topic consume, group describe, log verify");
    }
    if (!lock) return fail(lock.error());
    lock_ = *std::move(lock);
  }
  WEIR_TRY(load_checkpoint());
  WEIR_TRY(load_cut());
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
  // What a power cut left is judged anew if this run ends before all is opened: see opened().
  if (!lost_power()) enter_boot();
  return store(false, checkpoint_.partitions);
}

Result<> LogDirectory::load_cut() {
  auto content = read_file(files(), cut_path());
  if (!content && content.error().code != ErrorCode::not_found) return fail(content.error());
  if (!content) return {};
  auto stored = ConsistentCut::decode(*content);
  // One that does not check is none.
  has_cut_of_this_boot_ = stored && stored->boot_id == options_.boot_id;
  if (has_cut_of_this_boot_) {
    MutexLock lock(mutex_);
    written_cut_ = stored->ends;
  }
  const bool is_of_that_run = stored && stored->boot_id == checkpoint_.boot_id;
  if (lost_power() && is_of_that_run) cut_ = *std::move(stored);
  return {};
}

Result<> LogDirectory::keep_all_of(const std::vector<std::string>& names) {
  MutexLock lock(mutex_);
  if (options_.read_only || written_cut_.empty()) return {};
  auto ends = written_cut_;
  for (const std::string& name : names) ends[name] = ConsistentCut::kKeepsAll;
  return replace_cut(std::move(ends));
}

Result<> LogDirectory::write_cut(std::uint64_t moment, std::map<std::string, Offset> ends) {
  MutexLock lock(mutex_);
  if (options_.read_only || moment < moment_) return {};
  moment_ = moment;
  return replace_cut(std::move(ends));
}

Result<> LogDirectory::replace_cut(std::map<std::string, Offset> ends) {
  if (ends == written_cut_) return {};
  const ConsistentCut cut{options_.boot_id, leader_epoch_, ends};
  WEIR_TRY(replace_file(files(), cut_path(), cut.encode()));
  written_cut_ = std::move(ends);
  may_have_cut_ = true;
  return {};
}

Result<> LogDirectory::drop_cut() {
  MutexLock lock(mutex_);
  if (options_.read_only || !may_have_cut_) return {};
  auto removed = files().remove(cut_path());
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  if (removed) WEIR_TRY(files().sync_directory(path_));
  written_cut_.clear();
  may_have_cut_ = false;
  return {};
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

RecoveryHints LogDirectory::hints_for(const PartitionDirectory& directory) {
  RecoveryHints hints;
  hints.may_change = !options_.read_only;
  hints.same_boot = same_boot_;
  MutexLock lock(mutex_);
  auto known = checkpoint_.partitions.find(directory.name());
  if (known == checkpoint_.partitions.end()) {
    cut_hints(directory.name(), hints);
    return hints;
  }
  hints.is_known = true;
  hints.synced = known->second.synced;
  hints.written = known->second.written;
  hints.log_start = known->second.log_start;
  hints.cleaned_to = known->second.cleaned_to;
  cut_hints(directory.name(), hints);
  return hints;
}

// Takes what is known back to the cut, too.
void LogDirectory::cut_hints(const std::string& name, RecoveryHints& hints) const {
  if (!cut_) return;
  auto end = cut_->ends.find(name);
  const Offset at = std::max(end == cut_->ends.end() ? Offset(0) : end->second, hints.log_start);
  if (at == ConsistentCut::kKeepsAll) return;
  hints.cut_at = at;
  hints.synced = std::min(hints.synced, at);
  hints.written = std::min(hints.written, at);
  hints.cleaned_to = std::min(hints.cleaned_to, at);
}

PartitionLog::Options LogDirectory::partition_options() {
  PartitionLog::Options options;
  options.segment_bytes = options_.segment_bytes;
  options.tail_budget = &tail_budget_;
  options.journal = journal_.get();
  options.clock = options_.clock;
  return options;
}

Result<std::unique_ptr<PartitionLog>> LogDirectory::open_partition(const PartitionDirectory& directory) {
  const RecoveryHints hints = hints_for(directory);
  if (!options_.read_only) WEIR_TRY(make_directory(directory.name()));
  return PartitionLog::open(cache_, path_of(directory), partition_options(), hints);
}

std::unique_ptr<PartitionLog> LogDirectory::unavailable_partition(const PartitionDirectory& directory,
                                                                  const Error& why) {
  return PartitionLog::unavailable(cache_, path_of(directory), partition_options(), hints_for(directory), why);
}

Result<> LogDirectory::make_directory(const std::string& name) {
  const std::string path = partitions_path() + "/" + name;
  MutexLock lock(mutex_);
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
    MutexLock lock(mutex_);
    known_.erase(directory.name());
  }
  WEIR_TRY(files().remove_all(path_of(directory)));
  WEIR_TRY(files().sync_directory(partitions_path()));
  if (journal_) journal_->removed(directory.name());
  return {};
}

Result<> LogDirectory::store(bool is_clean, const std::map<std::string, Checkpoint::Partition>& partitions) {
  MutexLock lock(mutex_);
  Checkpoint next = checkpoint_;
  next.is_clean = is_clean;
  next.leader_epoch = leader_epoch_;
  next.partitions = partitions;
  WEIR_TRY(replace_file(files(), checkpoint_path(), next.encode()));
  checkpoint_ = std::move(next);
  return {};
}

Result<> LogDirectory::opened(LeaderEpoch latest_found, Lost has_lost) {
  if (options_.read_only) return {};
  const bool needs_epoch = was_clean_ ? has_lost == Lost::yes : leader_epoch_ <= latest_found;
  const bool is_settled = checkpoint_.boot_id == options_.boot_id;
  if (needs_epoch) leader_epoch_ = std::max(leader_epoch_, latest_found) + 1;
  if (!needs_epoch && is_settled) return {};
  if (cut_) {
    for (auto& [name, at] : checkpoint_.partitions) {
      RecoveryHints hints{
          .synced = at.synced, .written = at.written, .log_start = at.log_start, .cleaned_to = at.cleaned_to};
      cut_hints(name, hints);
      at = {at.log_start, hints.synced, hints.written, hints.cleaned_to};
    }
    cut_.reset();
  }
  enter_boot();
  return store(false, checkpoint_.partitions);
}

// What was written in another boot and not synced may be gone: it is not missed in this one.
void LogDirectory::enter_boot() {
  if (checkpoint_.boot_id == options_.boot_id) return;
  checkpoint_.boot_id = options_.boot_id;
  for (auto& [name, at] : checkpoint_.partitions) at.written = std::min(at.written, at.synced);
}

// What is said of all partitions is said in this boot.
void LogDirectory::note_boot() {
  MutexLock lock(mutex_);
  checkpoint_.boot_id = options_.boot_id;
}

Result<> LogDirectory::write_checkpoint(const std::map<std::string, Checkpoint::Partition>& partitions) {
  note_boot();
  return store(false, partitions);
}

Result<> LogDirectory::close(const std::map<std::string, Checkpoint::Partition>& partitions) {
  if (journal_) WEIR_TRY(journal_->close());
  note_boot();
  return store(true, partitions);
}

}  // namespace weir::log::storage
