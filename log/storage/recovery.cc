#include "log/storage/recovery.h"

#include <algorithm>

#include "log/base/cursor.h"
#include "log/storage/compaction_output.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

class Recovery {
 public:
  Recovery(FileCache& cache, const std::string& directory, const RecoveryHints& hints, std::int64_t now_ms)
      : cache_(cache), directory_(directory), hints_(hints), now_ms_(now_ms) {}

  Result<Recovered> run() {
    auto listed = cache_.files().list(directory_);
    // A reader may learn of a partition before its writer has made the directory: there is nothing in it yet.
    const bool is_to_come = !listed && listed.error().code == ErrorCode::not_found && !hints_.may_change;
    if (!listed && !is_to_come) return fail(listed.error());
    const std::vector<std::string> names = is_to_come ? std::vector<std::string>() : *std::move(listed);
    WEIR_TRY(find_segments(names));
    if (result_.segments.empty()) {
      WEIR_TRY(begin_empty());
      note_lost_end(directory_, 0);
      return std::move(result_);
    }
    WEIR_TRY(load_snapshot(names));
    for (; index_ < result_.segments.size() && !result_.finding; ++index_, position_ = 0) WEIR_TRY(scan_segment());
    if (has_dropped_) WEIR_TRY(cache_.files().sync_directory(directory_));
    if (!result_.finding) note_lost_end(result_.segments.back()->path(), result_.segments.back()->size());
    if (result_.finding) WEIR_TRY(settle());
    result_.end = next_;
    if (!result_.finding && begins_too_late()) {
      result_.finding = Finding{Finding::Kind::lost, directory_, 0, hints_.log_start, 0, true, first_base_};
    }
    return std::move(result_);
  }

 private:
  Result<> find_segments(const std::vector<std::string>& names) {
    std::vector<Offset> bases;
    for (const auto& name : names) {
      if (auto base = offset_in_name(name, kLogSuffix)) bases.push_back(*base);
    }
    if (hints_.may_change) WEIR_TRY(remove_unfinished(cache_.files(), directory_, names));
    // Below the log's start: deleted, but for a crash.
    while (bases.size() > 1 && bases[1] <= hints_.log_start) {
      if (hints_.may_change) WEIR_TRY(cache_.files().remove(directory_ + "/" + file_name(bases[0], kLogSuffix)));
      bases.erase(bases.begin());
    }
    if (!bases.empty()) first_base_ = bases.front();
    OpenMode mode = hints_.may_change ? OpenMode::read_write : OpenMode::read;
    for (std::size_t i = 0; i < bases.size(); ++i) {
      const std::string path = directory_ + "/" + file_name(bases[i], kLogSuffix);
      WEIR_TRY_VAR(size, look_at(path));
      Offset next = i + 1 < bases.size() ? bases[i + 1] : bases[i];
      result_.segments.push_back(
          std::make_unique<Segment>(cache_, directory_, bases[i], next, size, mode, inodes_.back()));
    }
    return {};
  }

  // The size of a segment's file. A reader also notes which file it is: its writer may put another in its place.
  Result<std::uint64_t> look_at(const std::string& path) {
    if (hints_.may_change) {
      inodes_.emplace_back();
      return cache_.files().size_of(path);
    }
    WEIR_TRY_VAR(file, cache_.files().open(path, OpenMode::read));
    WEIR_TRY_VAR(inode, file->inode());
    inodes_.emplace_back(inode);
    return file->size();
  }

  // The log's start is written down before a segment is removed.
  bool begins_too_late() const { return hints_.is_known && first_base_ > hints_.log_start; }

  void note_lost_end(const std::string& file, std::uint64_t position) {
    const Offset end = result_.segments.empty() ? result_.end : next_;
    if (end >= hints_.known_end()) return;
    result_.finding = Finding{Finding::Kind::lost, file, position, end, 0, true, hints_.known_end()};
  }

  Result<> begin_empty() {
    result_.end = next_ = hints_.log_start;
    if (!hints_.may_change) return {};
    WEIR_TRY_VAR(segment, Segment::create(cache_, directory_, hints_.log_start));
    result_.segments.push_back(std::move(segment));
    return cache_.files().sync_directory(directory_);
  }

  // Starts behind the newest snapshot that can be believed, else at the first segment.
  Result<> load_snapshot(const std::vector<std::string>& names) {
    next_ = result_.segments.front()->base_offset();
    if (!hints_.use_snapshots) return {};
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      auto end = offset_in_name(*name, kStateSuffix);
      if (!end || (!hints_.same_boot && *end > hints_.synced)) continue;
      if (hints_.cut_at && *end > *hints_.cut_at) continue;
      auto content = read_file(cache_.files(), directory_ + "/" + *name);
      if (!content) continue;
      auto snapshot = PartitionSnapshot::decode(*content);
      if (!snapshot || snapshot->end_offset != *end) continue;
      for (std::size_t i = 0; i < result_.segments.size(); ++i) {
        const Segment& segment = *result_.segments[i];
        if (segment.base_offset() != snapshot->segment || segment.size() < snapshot->position) continue;
        index_ = i;
        position_ = snapshot->position;
        next_ = snapshot->end_offset;
        result_.state = std::move(snapshot->state);
        return {};
      }
    }
    return {};
  }

  Offset checked_below() const {
    if (hints_.checks_everything) return Offset(0);
    return hints_.same_boot ? hints_.written : hints_.synced;
  }

  Result<> scan_segment() {
    auto& segment = result_.segments[index_];
    const std::uint64_t file_size = segment->size();
    if (position_ == 0 && is_superseded()) return drop_segment();
    if (segment->base_offset() != next_ && position_ == 0) return found_wrong(0, Found::damaged);
    segment = std::make_unique<Segment>(cache_, directory_, segment->base_offset(), next_, position_,
                                        hints_.may_change ? OpenMode::read_write : OpenMode::read, inodes_[index_]);
    if (position_ == 0) segment->restart_index();
    if (position_ == file_size) return {};  // all of it is known
    WEIR_TRY_VAR(file, segment->file());
    BatchScanner scanner(*file, position_, file_size, CheckCrc::yes);
    size_ = file_size;
    for (;;) {
      if (hints_.cut_at && next_ >= *hints_.cut_at && scanner.next_position() < file_size) return cut_here(scanner);
      scanner.check_crc(next_ >= checked_below() ? CheckCrc::yes : CheckCrc::no);
      WEIR_TRY_VAR(found, scanner.next());
      if (found == Found::end) break;
      bool follows = found == Found::batch && scanner.header().base_offset == next_;
      if (!follows) return found_wrong(scanner.position(), found == Found::batch ? Found::damaged : found);
      std::optional<EndMarker> marker;
      if (scanner.header().is_control()) {
        WEIR_TRY_VAR(batch, scanner.load());
        auto parsed = marker_in(batch);
        if (!parsed) return found_wrong(scanner.position(), Found::damaged);
        marker = *parsed;
      }
      result_.state.apply(scanner.header(), marker, now_ms_);
      result_.scanned_bytes += scanner.header().size_bytes();
      segment->note(scanner.header());
      next_ = scanner.header().next_offset();
    }
    return {};
  }

  // Compaction has put what is here into the segment before, and was stopped before it removed this one.
  bool is_superseded() const {
    const bool is_last = index_ + 1 == result_.segments.size();
    return !is_last && index_ > 0 && result_.segments[index_]->base_offset() < next_ &&
           result_.segments[index_ + 1]->base_offset() <= next_;
  }

  Result<> drop_segment() {
    if (hints_.may_change) {
      WEIR_TRY(result_.segments[index_]->remove());
      has_dropped_ = true;  // for good, before a snapshot lets the next recovery pass over it
    }
    result_.segments.erase(result_.segments.begin() + static_cast<std::ptrdiff_t>(index_));
    inodes_.erase(inodes_.begin() + static_cast<std::ptrdiff_t>(index_));
    --index_;  // the loop goes one further
    return {};
  }

  Result<> found_wrong(std::uint64_t position, BatchScanner::Found found) {
    Segment& segment = *result_.segments[index_];
    bool is_last = index_ + 1 == result_.segments.size();
    Finding finding;
    finding.file = segment.path();
    finding.position = position;
    finding.offset = next_;
    finding.bytes = (position == 0 && segment.base_offset() != next_ ? segment.size() : size_) - position;
    for (std::size_t i = index_ + 1; i < result_.segments.size(); ++i) finding.bytes += result_.segments[i]->size();
    if (hints_.same_boot) {
      bool torn = is_last && found == Found::incomplete;
      if (torn) {
        WEIR_TRY_VAR(more, batch_follows(position));
        torn = !more;
      }
      finding.is_damage = !torn;
    } else {
      finding.is_damage = next_ < hints_.synced;
    }
    if (next_ < hints_.known_end()) {
      finding.is_damage = true;
      finding.lost_to = hints_.known_end();
    }
    finding.kind = finding.is_damage ? Finding::Kind::damaged : Finding::Kind::torn;
    finding.is_cut = !finding.is_damage && hints_.may_change;
    result_.finding = std::move(finding);
    return {};
  }

  // What was written since the last second before a power cut: whether all of it is there, nobody knows.
  Result<> cut_here(const BatchScanner& scanner) {
    Finding finding{Finding::Kind::torn, result_.segments[index_]->path(), scanner.next_position(), next_};
    finding.bytes = size_ - scanner.next_position();
    for (std::size_t i = index_ + 1; i < result_.segments.size(); ++i) finding.bytes += result_.segments[i]->size();
    finding.is_cut = hints_.may_change;
    finding.reason = "were written in the last moment before the power went";
    result_.finding = std::move(finding);
    return {};
  }

  // Is there a batch that checks somewhere behind `position`? Then the length at `position` is wrong, not the end.
  Result<bool> batch_follows(std::uint64_t position) {
    WEIR_TRY_VAR(file, result_.segments[index_]->file());
    OwnedBytes rest(static_cast<std::size_t>(size_ - position), '\0');
    WEIR_TRY_VAR(count, file->read_at(position, rest.data(), rest.size()));
    rest.resize(count);
    SharedBytes shared = SharedBytes::take(std::move(rest));
    for (std::size_t at = 1; at + kBatchHeaderSize <= shared.size(); ++at) {
      if (shared.data()[at + 16] != 2) continue;
      auto batch = RecordBatch::parse(shared.slice(at), Trust::foreign);
      if (batch && batch->header.base_offset > next_ && batch->check_crc()) return true;
    }
    return false;
  }

  // Cuts what is torn; leaves what is damaged, and out of the partition.
  Result<> settle() {
    const Finding& finding = *result_.finding;
    std::size_t broken = index_ - 1;  // the loop went one further
    bool whole_segment = finding.position == 0 && result_.segments[broken]->base_offset() != next_;
    std::size_t keep = whole_segment ? broken : broken + 1;
    if (!finding.is_damage && hints_.may_change) {
      for (std::size_t i = result_.segments.size(); i > keep; --i) WEIR_TRY(result_.segments[i - 1]->remove());
      if (!whole_segment) WEIR_TRY(result_.segments[broken]->cut_tail());
      WEIR_TRY(remove_snapshots_behind());
      WEIR_TRY(cache_.files().sync_directory(directory_));
    }
    result_.segments.resize(keep);
    if (result_.segments.empty() && hints_.may_change && !finding.is_damage) WEIR_TRY(begin_empty());
    return {};
  }

  Result<> remove_snapshots_behind() {
    WEIR_TRY_VAR(names, cache_.files().list(directory_));
    for (const auto& name : names) {
      auto end = offset_in_name(name, kStateSuffix);
      if (end && *end > next_) WEIR_TRY(cache_.files().remove(directory_ + "/" + name));
    }
    return {};
  }

  using Found = BatchScanner::Found;

  FileCache& cache_;
  const std::string& directory_;
  const RecoveryHints& hints_;
  const std::int64_t now_ms_;
  Recovered result_;
  std::vector<std::optional<std::uint64_t>> inodes_;  // of the segments, where a reader must know them
  bool has_dropped_ = false;                          // files that a compaction superseded
  std::size_t index_ = 0;                             // of the segment being scanned
  std::uint64_t position_ = 0;                        // where scanning it starts
  std::uint64_t size_ = 0;                            // of its file
  Offset next_{0};                                    // expected
  Offset first_base_{0};                              // of the first segment that is there
};

}  // namespace

std::string Finding::to_string() const {
  const std::string from = std::to_string(offset.value());
  const std::string place = file + ", byte " + std::to_string(position) + ": ";
  std::string lost;
  if (lost_to > offset)
    lost = "offsets " + from + " to " + std::to_string(lost_to.value() - 1) + " were written and are ";
  const std::string remedy = is_cut ? "" : " (weir log verify --repair goes on with what is left)";
  switch (kind) {
    case Kind::torn:
      return place + std::to_string(bytes) + " bytes from offset " + from + " " +
             (reason.empty() ? "were not whole" : reason) + " " +
             (is_cut ? "and are cut" : "when this was read; the next open for writing cuts them");
    case Kind::damaged:
      return place + std::to_string(bytes) + " bytes from offset " + from + " are damaged and " +
             (is_cut ? "cut" : "kept") + (lost.empty() ? "" : "; " + lost + "not there") + remedy;
    case Kind::lost:
      return file + ": " + lost + "lost" + remedy;
    case Kind::unavailable:
      return file + " cannot be opened: " + reason;
  }
  return place;
}

Result<Recovered> recover(FileCache& cache, const std::string& directory, const RecoveryHints& hints,
                          std::int64_t now_ms) {
  return Recovery(cache, directory, hints, now_ms).run();
}

}  // namespace weir::log::storage
