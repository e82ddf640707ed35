#include "streams/operators/record_origin.h"

namespace weir::streams {

RecordOrigin::RecordOrigin(const RecordScope& scope) : stream_time_ms_(scope.stream_time_ms()) {
  auto source = scope.source_record();
  if (!source) return;
  partition_ = source->partition;
  record_.emplace(*source->record);
}

std::optional<SourceRecord> RecordOrigin::source() const {
  if (!record_) return std::nullopt;
  view_ = record_->view();
  return SourceRecord{partition_, &view_};
}

}  // namespace weir::streams
