// encode_batch: a batch from a header that is given, for what is not a producer's batch: one rewritten by compaction
// (gaps between offsets, a delete horizon, kept sequence numbers), or stamped by the log.
#pragma once

#include <span>

#include "log/model/record_batch.h"

namespace weir::log {

struct RecordToEncode {
  Offset offset;
  std::int64_t timestamp_ms = kNoTimestamp;  // as it is stored, whatever the batch's timestamp type
  NullableBytes key;
  NullableBytes value;
  std::vector<HeaderView> headers;
};

// Takes everything but batch_length, crc and count from `header`; the codec is that of its attributes. Deltas are from
// base_offset and base_timestamp. A batch without records is not compressed, as its readers expect.
Result<RecordBatch> encode_batch(BatchHeader header, std::span<const RecordToEncode> records);

}  // namespace weir::log
