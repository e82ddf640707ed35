// LogConfig: what a topic's configs say about how its logs are kept, with Kafka's meanings. What is not set has Kafka's
// default, but for retention: a log keeps everything until it is told otherwise.
#pragma once

#include <cstdint>
#include <optional>

#include "log/cluster/flush.h"
#include "log/cluster/metadata.h"
#include "log/model/topic_defaults.h"
#include "log/storage/compaction.h"

namespace weir::log::cluster {

struct LogConfig {
  bool compacts = false;                         // cleanup.policy
  bool deletes = true;                           // cleanup.policy
  std::optional<std::int64_t> retention_ms;      // of records
  std::optional<std::uint64_t> retention_bytes;  // of a partition
  std::optional<std::size_t> segment_bytes;
  std::int64_t segment_ms = kSegmentMs;
  storage::CompactionPolicy compaction;
  std::optional<Flush> flush;  // durability; not set: the log's
};

// Precondition: the configs were checked (topic_configs.h).
LogConfig log_config(const Topic& topic);

}  // namespace weir::log::cluster
