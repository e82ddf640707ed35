// How a log that is open for reading follows its writer.
#include <algorithm>

#include "log/storage/format.h"
#include "log/storage/partition_log.h"

namespace weir::log::storage {

Result<> PartitionLog::refresh() {
  if (segments_.empty()) WEIR_TRY(reload());  // its writer had not begun
  WEIR_TRY(drop_removed());
  const Offset before = end_;
  while (!segments_.empty()) {
    WEIR_TRY(take_in(active()));
    const std::string next = directory_ + "/" + file_name(end_, kLogSuffix);
    if (active().size() == 0) break;
    WEIR_TRY_VAR(has_next, cache_.files().exists(next));
    if (!has_next) break;
    segments_.push_back(std::make_unique<Segment>(cache_, directory_, end_, end_, 0, OpenMode::read));
    active().restart_index();
  }
  if (end_ > before) finding_.reset();  // it was being written
  return {};
}

Result<> PartitionLog::reload() {
  RecoveryHints hints;
  hints.may_change = false;
  hints.log_start = log_start_;  // of one that was emptied, it is the end as well
  WEIR_TRY_VAR(found, recover(cache_, directory_, hints, options_.clock->wall_ms()));
  segments_ = std::move(found.segments);
  state_ = std::move(found.state);
  end_ = std::max(found.end, log_start_);
  if (!segments_.empty()) log_start_ = std::max(log_start_, segments_.front()->base_offset());
  return {};
}

// Segments that its writer's retention has removed.
Result<> PartitionLog::drop_removed() {
  while (segments_.size() > 1) {
    WEIR_TRY_VAR(is_there, cache_.files().exists(segments_.front()->path()));
    if (is_there) return {};
    segments_.erase(segments_.begin());
    log_start_ = std::max(log_start_, segments_.front()->base_offset());
  }
  return {};
}

Result<> PartitionLog::take_in(Segment& segment) {
  WEIR_TRY(segment.index());  // of what is known, before the file is looked at further on
  WEIR_TRY_VAR(file, segment.file());
  WEIR_TRY_VAR(size, file->size());
  BatchScanner scanner(*file, segment.size(), size, CheckCrc::yes);
  for (;;) {
    WEIR_TRY_VAR(found, scanner.next());
    if (found != BatchScanner::Found::batch || scanner.header().base_offset != end_) return {};
    std::optional<EndMarker> marker;
    if (scanner.header().is_control()) {
      WEIR_TRY_VAR(batch, scanner.load());
      WEIR_TRY_VAR(parsed, marker_in(batch));
      marker = parsed;
    }
    state_.apply(scanner.header(), marker, options_.clock->wall_ms());
    segment.note(scanner.header());
    end_ = scanner.header().next_offset();
  }
}

}  // namespace weir::log::storage
