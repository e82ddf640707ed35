// SourceSpec: where records come into a topology: from which topics, as which types, with which times.
//
// A source reads topics of the user's, one or several, or one that the application makes for itself: between stages, or
// where records wait to be tried again. Several topics are one stream: what comes of them meets in the same tasks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streams/state/type_ops.h"
#include "streams/topology/event_time.h"
#include "streams/topology/output.h"

namespace weir::streams {

struct SourceSpec {
  std::vector<std::string> topics;  // of the application's own: one
  TopicOwner owner = TopicOwner::user;
  std::optional<std::int32_t> partitions;  // asked for, where the application makes the topic
  const TypeOps* key = nullptr;            // nullptr: keys are not looked at
  const TypeOps* value = nullptr;
  bool takes_null_keys = true;  // no: such records are dropped where they are decoded
  bool takes_null_values = true;
  bool starts_at_end = false;    // where no position is committed
  TimestampExtractor timestamp;  // not set: the record's own

  // Of a source that reads one.
  const std::string& topic() const { return topics.front(); }
};

}  // namespace weir::streams
