#include "log/storage/verify.h"

#include <algorithm>
#include <optional>

#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

constexpr std::int64_t kNoTime = 0;  // producers are not looked at

class Verification {
 public:
  Verification(FileSystem& files, const std::string& path, const VerifyOptions& options)
      : files_(files), path_(path), options_(options), cache_(files) {}

  Result<VerifyReport> run() {
    WEIR_TRY_VAR(known, read_checkpoint());
    checkpoint_ = std::move(known);
    WEIR_TRY_VAR(names, files_.list(partitions()));
    for (const auto& name : names) {
      if (PartitionDirectory::parse(name)) WEIR_TRY(look_at(name));
    }
    for (const auto& [name, at] : std::map(checkpoint_.partitions)) {
      const bool is_there = std::binary_search(names.begin(), names.end(), name);
      if (!is_there && at.written > at.log_start) note_missing(name, at);
    }
    if (options_.repair == Repair::yes) WEIR_TRY(store());
    return std::move(report_);
  }

 private:
  std::string partitions() const { return path_ + "/partitions"; }

  // Nothing is known of a log whose checkpoint is missing or wrong.
  Result<Checkpoint> read_checkpoint() {
    auto content = read_file(files_, path_ + "/checkpoint");
    if (!content && content.error().code != ErrorCode::not_found) return fail(content.error());
    if (!content) {
      report_.problems.push_back(path_ + "/checkpoint is missing: what was there before cannot be told");
      return Checkpoint{};
    }
    auto stored = Checkpoint::decode(*content);
    if (stored) return *std::move(stored);
    report_.problems.push_back(path_ + "/checkpoint: " + stored.error().detail +
                               ": what was there before cannot be told");
    return Checkpoint{};
  }

  bool is_same_boot() const {
    const bool is_unknown = checkpoint_.boot_id.empty() || options_.boot_id.empty();
    return is_unknown || checkpoint_.boot_id == options_.boot_id;
  }

  // Is a program writing?
  bool is_owned() {
    if (!is_owned_) {
      auto lock = files_.lock(path_ + "/lock");
      is_owned_ = !lock && lock.error().code == ErrorCode::locked;
    }
    return *is_owned_;
  }

  RecoveryHints hints_for(const std::string& name) const {
    RecoveryHints hints;
    hints.use_snapshots = false;
    hints.may_change = false;
    hints.checks_everything = true;
    hints.same_boot = is_same_boot();
    auto known = checkpoint_.partitions.find(name);
    if (known == checkpoint_.partitions.end()) return hints;
    hints.is_known = true;
    hints.log_start = known->second.log_start;
    hints.synced = known->second.synced;
    hints.written = known->second.written;
    return hints;
  }

  Result<> look_at(const std::string& name) {
    const std::string directory = partitions() + "/" + name;
    auto found = recover(cache_, directory, hints_for(name), kNoTime);
    if (found && found->finding && found->finding->kind == Finding::Kind::lost && options_.repair == Repair::no) {
      // Beside its writer, retention may have moved the start since the checkpoint was read.
      WEIR_TRY_VAR(again, read_checkpoint());
      checkpoint_ = std::move(again);
      found = recover(cache_, directory, hints_for(name), kNoTime);
    }
    // A topic that is deleted meanwhile has nothing to be wrong.
    if (!found && found.error().code == ErrorCode::not_found) return {};
    if (!found) return fail(found.error());
    // What its writer is just writing is not torn.
    const bool is_being_written = options_.repair == Repair::no && found->finding && !found->finding->is_damage;
    if (is_being_written && is_owned()) found->finding.reset();
    const Offset begin = found->segments.empty() ? found->end : found->segments.front()->base_offset();
    if (options_.repair == Repair::yes && found->finding) WEIR_TRY(repair(directory, name, begin, *found));
    report_.partitions.push_back({directory, found->end, found->scanned_bytes, std::move(found->finding)});
    return {};
  }

  // Cuts at the first batch that does not check, and lets the checkpoint say what is there then.
  Result<> repair(const std::string& directory, const std::string& name, Offset begin, Recovered& found) {
    found.finding->is_damage = false;
    found.finding->is_cut = true;
    RecoveryHints nothing_is_known;
    nothing_is_known.use_snapshots = false;
    nothing_is_known.same_boot = false;
    nothing_is_known.log_start = begin;
    Checkpoint::Partition& at = checkpoint_.partitions[name];
    const Offset known_end = std::max(at.written, found.end);
    WEIR_TRY_VAR(cut, recover(cache_, directory, nothing_is_known, kNoTime));
    at.log_start = std::max(at.log_start, begin);
    at.synced = std::min(at.synced, cut.end);
    at.written = std::min(at.written, cut.end);
    at.cleaned_to = std::min(at.cleaned_to, cut.end);
    if (cut.end > begin) return {};
    // Nothing is left: it goes on behind what was there, so that no offset is used twice.
    for (const auto& segment : cut.segments) WEIR_TRY(segment->remove());
    WEIR_TRY(files_.sync_directory(directory));
    at = {known_end, known_end, known_end, known_end};
    return {};
  }

  void note_missing(const std::string& name, const Checkpoint::Partition& at) {
    const std::string directory = partitions() + "/" + name;
    Finding finding{Finding::Kind::lost, directory, 0, at.log_start, 0, options_.repair == Repair::no, at.written};
    finding.is_cut = options_.repair == Repair::yes;
    report_.partitions.push_back({directory, at.log_start, 0, std::move(finding)});
    if (options_.repair == Repair::no) return;
    checkpoint_.partitions[name] = {at.written, at.written, at.written, at.written};
  }

  Result<> store() {
    if (checkpoint_.boot_id.empty()) return {};  // there was none: recovery goes by what it finds
    if (report_.is_sound()) return {};
    checkpoint_.is_clean = false;
    return replace_file(files_, path_ + "/checkpoint", checkpoint_.encode());
  }

  FileSystem& files_;
  const std::string& path_;
  const VerifyOptions& options_;
  FileCache cache_;
  Checkpoint checkpoint_;
  VerifyReport report_;
  std::optional<bool> is_owned_;
};

}  // namespace

bool VerifyReport::is_sound() const {
  return problems.empty() && std::none_of(partitions.begin(), partitions.end(),
                                          [](const auto& entry) { return entry.finding.has_value(); });
}

Result<VerifyReport> verify(FileSystem& files, const std::string& path, const VerifyOptions& options) {
  std::unique_ptr<FileLock> lock;
  if (options.repair == Repair::yes) {
    WEIR_TRY_VAR(held, files.lock(path + "/lock"));
    lock = std::move(held);
  }
  return Verification(files, path, options).run();
}

}  // namespace weir::log::storage
