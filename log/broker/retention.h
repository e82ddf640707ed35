// What is deleted from the beginning of logs: by the topics' retention, and by request.
#pragma once

#include "log/broker/partitions/topics.h"

namespace weir::log::broker {

// Starts new segments where the one that is written has become too old for it, and deletes what retention.ms and
// retention.bytes do not keep. A partition that fails does not keep the others from it; the first error is the result.
Result<> apply_retention(Topics& topics, std::int64_t now_ms);

struct Deletion {
  std::shared_ptr<Partition> partition;
  Offset before;  // or the high watermark, if that is negative
};
// Moves the logs' starts, and tells where each is then. Once this returns, no crash brings the records back.
// offset_out_of_range beyond the high watermark (KIP-107).
std::vector<Result<Offset>> delete_records(Topics& topics, const std::vector<Deletion>& deletions);

}  // namespace weir::log::broker
