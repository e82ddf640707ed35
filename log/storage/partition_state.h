// PartitionState: what follows from the batches of a partition besides the batches: producers, aborted transactions and
// leader epochs. Appending and recovery apply each batch to it; a snapshot of it in a .state file makes recovery short.
#pragma once

#include <optional>
#include <vector>

#include "log/storage/leader_epochs.h"
#include "log/storage/producer_state.h"

namespace weir::log::storage {

struct PartitionState {
  ProducerState producers;
  LeaderEpochs epochs;
  std::vector<AbortedTransaction> aborted;  // by marker_offset

  // `marker` is that of a control batch that ends a transaction; `now_ms` as ProducerState::apply.
  void apply(const BatchHeader& batch, const std::optional<EndMarker>& marker, std::int64_t now_ms);

  // Those of which a record may lie in [from, to).
  std::vector<AbortedTransaction> aborted_between(Offset from, Offset to) const;
  void forget_aborted_before(Offset log_start);
};

// The marker in a control batch; nothing if the batch is not one of a transaction. corrupt_message, invalid_record.
Result<std::optional<EndMarker>> marker_in(const RecordBatch& batch);

// A .state file: the state before `end_offset`, which is at `position` of the segment that begins at `segment`.
struct PartitionSnapshot {
  Offset end_offset{0};
  Offset segment{0};
  std::uint64_t position = 0;
  PartitionState state;

  OwnedBytes encode() const;
  static Result<PartitionSnapshot> decode(Bytes content);
};

}  // namespace weir::log::storage
