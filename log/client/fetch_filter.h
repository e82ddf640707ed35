// take_batches: what of one partition's fetch answer a reader gets to see, and where it goes on. Pure.
#pragma once

#include <vector>

#include "log/client/consumer.h"
#include "log/wire/messages/fetch.h"

namespace weir::log {

struct FetchedFrom {
  const TopicPartition& partition;
  std::size_t assignment_index;
  Offset position;  // the first offset that is wanted
  Isolation isolation;
};

// Appends the batches of data at or above the position to `into`; gives the position behind everything that was read,
// and the epoch of the last batch before it (-1: there was none).
// Control batches are passed over, and under read_committed also the batches of transactions that were aborted: those
// of a producer from the first offset that the answer names for it up to its abort marker (KIP-98). An incomplete batch
// at the end is left for the next fetch. corrupt_message names partition and offset.
Result<OffsetAndEpoch> take_batches(const wire::FetchResponse::PartitionData& answer, const FetchedFrom& from,
                                    std::vector<FetchedBatch>& into);

}  // namespace weir::log
