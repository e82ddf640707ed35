// AppendPolicy: what a topic's configs ask of the batches that clients append to it: max.message.bytes,
// message.timestamp.type, how far times may lie from the clock, compression.type, min.insync.replicas, and keys where
// cleanup.policy compacts. No I/O; immutable, so that it may be shared.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "log/base/result.h"
#include "log/model/record_batch.h"

namespace weir::log::broker {

class AppendPolicy {
 public:
  // Null if the configs ask for nothing, as most do.
  static std::shared_ptr<const AppendPolicy> of(const std::map<std::string, std::string>& configs);

  // The batch as it is to be appended: the same, or rewritten with the time of the append, or packed as the topic says.
  // message_too_large; invalid_timestamp: a time further from the clock than the topic takes; corrupt_message,
  // invalid_record, unsupported_compression_type.
  Result<RecordBatch> accept(RecordBatch batch, std::int64_t now_ms) const;

  bool stamps() const { return stamps_; }
  std::optional<Compression> compression() const { return compression_; }  // nothing: as the producer packs it
  std::int32_t min_insync_replicas() const { return min_insync_replicas_; }

 private:
  Result<> check_records(const RecordBatch& batch, std::int64_t now_ms) const;
  Result<RecordBatch> rewritten(const RecordBatch& batch, std::int64_t now_ms) const;

  std::int64_t max_message_bytes_ = 0x7fffffff;
  std::int32_t min_insync_replicas_ = 1;
  bool needs_keys_ = false;
  std::optional<std::int64_t> most_before_ms_;  // message.timestamp.before.max.ms; nothing: no limit
  std::optional<std::int64_t> most_after_ms_;   // message.timestamp.after.max.ms
  bool stamps_ = false;                         // message.timestamp.type=LogAppendTime
  std::optional<Compression> compression_;      // nothing: the producer's
};

}  // namespace weir::log::broker
