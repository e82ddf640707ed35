// CompactionFilter: what becomes of each batch of a log that is compacted. Batch in, batch out; no I/O.
//
// A record stays if it is the latest of its key in what was looked at (KeyOffsets), or lies at or behind `end`, where
// it was not looked at. A record without key goes, and so does all of an aborted transaction. A tombstone stays until
// its batch's delete horizon, set the first time a compaction meets it, has passed; a transaction's marker stays until
// no batch of the transaction is left and then until such a horizon. The last batch of an active producer stays even
// when it is empty: its sequence numbers are known from it. A batch keeps its offsets, epochs and sequences.
//
// Rules: KIP-98, KIP-354, KIP-534; the same decisions as Apache Kafka's cleaner takes.
#pragma once

#include <optional>
#include <unordered_set>

#include "log/model/record_batch.h"
#include "log/storage/aborted_transactions.h"
#include "log/storage/key_offsets.h"

namespace weir::log::storage {

struct CompactionRules {
  std::int64_t now_ms = 0;
  std::int64_t delete_retention_ms = 0;
};

class CompactionFilter {
 public:
  // `aborted`: all that may have records in what is filtered. All of these must outlive the filter.
  CompactionFilter(const KeyOffsets& latest, Offset end, const AbortedTransactions& aborted, const LastBatches& last,
                   CompactionRules rules);

  // In the order of the log, from its start. What is left of the batch, which is the batch itself where nothing
  // changes; nothing if the batch goes. Errors are those of reading and writing records.
  Result<std::optional<RecordBatch>> filter(const RecordBatch& batch);

  std::uint64_t records_removed() const { return records_removed_; }

 private:
  Result<std::optional<RecordBatch>> filter_data(const RecordBatch& batch);
  Result<std::optional<RecordBatch>> filter_marker(const RecordBatch& batch);
  Result<std::optional<RecordBatch>> keep_empty_or_drop(const BatchHeader& header) const;
  bool is_last_of_producer(const BatchHeader& header) const;
  bool horizon_passed(const BatchHeader& header) const;
  BatchHeader with_horizon(BatchHeader header) const;

  const KeyOffsets& latest_;
  const Offset end_;
  const AbortedTransactions& aborted_;
  const LastBatches& last_;
  const CompactionRules rules_;
  std::unordered_set<ProducerId> with_data_;  // producers of a batch seen since their last marker
  std::uint64_t records_removed_ = 0;
};

}  // namespace weir::log::storage
