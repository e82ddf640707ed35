// Event time: the time that a record counts with. It is the record's own, or what a source's extractor makes of the
// record; it is found where the record enters the topology, and goes with it from there on, through every topic that
// the application makes.
//
// The rules are those of Kafka's TimestampExtractors of the same names. An invalid time is a negative one. A record
// whose time is negative after all is left out and counted (Statistics::skipped_timestamp).
#pragma once

#include <cstdint>
#include <functional>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/record.h"

namespace weir::streams {

enum class TimestampRule {
  record_time,                              // the record's own
  fail_on_invalid_timestamp,                // the record's own; where that is invalid the run ends (invalid_timestamp)
  log_and_skip_on_invalid_timestamp,        // the record's own; where that is invalid it is said in the log, too
  use_partition_time_on_invalid_timestamp,  // ... the partition's time counts; before there is one the run ends
  wall_clock_timestamp,                     // when the record is looked at, whatever it says itself
};
using enum TimestampRule;

// A record that is about to enter the topology. Borrowed.
struct IncomingRecord {
  const void* key;    // null: it has none, or none that is looked at
  const void* value;  // null, too, where the record is left out because it has no key
  const log::TopicPartition* partition;
  const log::RecordView* record;   // as it came
  std::int64_t partition_time_ms;  // the highest time of the records before it in its partition; -1 before the first
  const Clock* clock;
};

// Gives a record's time in milliseconds since 1970, UTC. An error ends the run.
using TimestampExtractor = std::function<Result<std::int64_t>(const IncomingRecord&)>;

// Not set for record_time, which asks nothing.
TimestampExtractor extractor_of(TimestampRule rule);

}  // namespace weir::streams
