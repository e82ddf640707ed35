// replay: every record of a partition in order, for those whose state is what a log tells.
#pragma once

#include <functional>

#include "log/storage/partition_log.h"

namespace weir::log::storage {

// From the batch that holds `from` to the log's end, or to damage; control batches and what was aborted are left out.
// An error of `use` ends it. The checksum of every batch is checked.
Result<> replay(PartitionLog& log, const std::function<Result<>(const RecordView&)>& use, Offset from = Offset(0));

// The same batch by batch, aborted and control batches included.
Result<> replay_batches(PartitionLog& log, const std::function<Result<>(const RecordBatch&)>& use,
                        Offset from = Offset(0));

}  // namespace weir::log::storage
