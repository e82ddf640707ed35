// What must hold for a batch before it is appended, whatever the state of the log.
#pragma once

#include "log/model/record_batch.h"

namespace weir::log::storage {

// The header's own numbers: magic, count, sequences, epochs. invalid_record.
Result<> check_header(const BatchHeader& header);

// The checksum and every record of a batch that came from outside: whole, in order, one offset after the other.
// corrupt_message, invalid_record, unsupported_compression_type.
Result<> check_foreign(const RecordBatch& batch);

}  // namespace weir::log::storage
