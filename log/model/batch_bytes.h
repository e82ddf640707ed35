// How a batch's header is put into bytes; shared by all that make batches.
#pragma once

#include <memory>

#include "log/model/record_batch.h"

namespace weir::log::batch_bytes {

inline constexpr std::size_t kCrcAt = 17;
inline constexpr std::size_t kAttributesAt = 21;  // the checksum covers everything from here on

// Writes the 61 bytes of `header` as they are.
void put_header(char* at, const BatchHeader& header);

// Makes a batch of the first `size` bytes of `buffer`, whose records stand at kBatchHeaderSize: fills in the length and
// the checksum and takes the rest from `header`.
RecordBatch finish(std::shared_ptr<char[]> buffer, std::size_t size, BatchHeader header);

}  // namespace weir::log::batch_bytes
