// SourceSpec: where records come into a topology: from which topics, as which types, with which times.
//
// A source reads topics of the user's: one, several, or those that match a pattern; or one that the application makes
// for itself: between stages, or where records wait to be tried again. Several topics are one stream: what comes of
// them meets in the same tasks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streams/state/type_ops.h"
#include "streams/topology/event_time.h"
#include "streams/topology/topic_owner.h"
#include "streams/topology/topic_pattern.h"

namespace weir::streams {

struct SourceSpec {
  std::vector<std::string> topics;           // of the application's own: one
  std::optional<TopicPattern> pattern = {};  // then no topics: which there are is known when an application runs
  TopicOwner owner = TopicOwner::user;
  std::optional<std::int32_t> partitions;  // asked for, where the application makes the topic
  const TypeOps* key = nullptr;            // nullptr: keys are not looked at
  const TypeOps* value = nullptr;
  bool takes_null_keys = true;  // no: such records are dropped where they are decoded
  bool takes_null_values = true;
  bool starts_at_end = false;    // where no position is committed
  TimestampExtractor timestamp;  // not set: the record's own

  // Whether an application may come to read other topics, with its operators being the same.
  bool may_read_others() const { return topics.size() != 1; }
  // Of a source that reads one.
  const std::string& topic() const { return topics.front(); }
};

}  // namespace weir::streams
