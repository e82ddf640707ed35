// What a producer does with a batch that the broker finds too large: it sends its records in smaller ones (KIP-126).
#pragma once

#include <utility>

#include "log/model/record_batch.h"

namespace weir::log {

// The records of a batch of at least two, in two batches of about the same size, with the sequence numbers that they
// had. corrupt_message, invalid_record: the batch cannot be read.
Result<std::pair<RecordBatch, RecordBatch>> split_in_two(const RecordBatch& batch);

// The same batch under another sequence number.
RecordBatch with_sequence(const RecordBatch& batch, Sequence base_sequence);

// The one before; they go around.
Sequence previous_sequence(Sequence sequence);

// What the only record of a batch takes: key, value and headers.
std::size_t record_bytes(const RecordBatch& batch);

}  // namespace weir::log
