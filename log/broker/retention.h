// What is deleted from the beginning of logs: by the topics' retention, and by request.
#pragma once

#include "log/broker/topics.h"

namespace weir::log::broker {

// Starts new segments where the one that is written has become too old for it, and deletes what retention.ms and
// retention.bytes do not keep. A partition that fails does not keep the others from it; the first error is the result.
Result<> apply_retention(Topics& topics, std::int64_t now_ms);

// Moves the log's start to `before`, or to the high watermark if that is negative, and tells where it is then. Once
// this returns, no crash brings the records back. offset_out_of_range beyond the high watermark (KIP-107).
Result<Offset> delete_records(Topics& topics, Partition& partition, Offset before);

}  // namespace weir::log::broker
