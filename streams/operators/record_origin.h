// RecordOrigin: from which record of a topic a record came, and what the task's stream time was with it; kept for one
// that is sent on after others have been taken.
#pragma once

#include <optional>

#include "streams/operators/node.h"
#include "streams/operators/owned_record.h"

namespace weir::streams {

class RecordOrigin {
 public:
  RecordOrigin() = default;
  // Of the record that the task is processing.
  explicit RecordOrigin(const RecordScope& scope);

  // Borrows from this. Nothing: it came from a timer.
  std::optional<SourceRecord> source() const;
  std::int64_t stream_time_ms() const { return stream_time_ms_; }

 private:
  const log::TopicPartition* partition_ = nullptr;  // the task's
  std::optional<OwnedRecord> record_;
  mutable log::RecordView view_;  // of record_, for `source`
  std::int64_t stream_time_ms_ = -1;
};

}  // namespace weir::streams
