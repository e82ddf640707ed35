// The records of __transaction_state, in Apache Kafka's own format: an int16 version and a message as key and as value.
// What this reads it may have written itself, or a Kafka broker; keys of a version that is not known are another kind
// of record, and skipped.
#pragma once

#include <optional>

#include "log/base/result.h"
#include "log/broker/transactions/coordinator.h"
#include "log/model/record_batch.h"

namespace weir::log::broker {

// A batch of one record.
Result<RecordBatch> encode_transaction(const TxnCoordinator::Change& change, std::int64_t now_ms);
// corrupt_data
Result<std::optional<TxnCoordinator::Change>> decode_transaction(const RecordView& record);

// Applies a batch of the topic. corrupt_data.
Result<> apply_transactions(TxnCoordinator& coordinator, const RecordBatch& batch);

}  // namespace weir::log::broker
