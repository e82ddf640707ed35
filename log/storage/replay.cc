#include "log/storage/replay.h"

#include <algorithm>

#include "log/model/for_each_record.h"
#include "log/storage/aborted_transactions.h"

namespace weir::log::storage {

namespace {
constexpr std::size_t kPieceSize = 1024 * 1024;
}

Result<> replay_batches(PartitionLog& log, const std::function<Result<>(const RecordBatch&)>& use, Offset from) {
  Offset next = std::max(log.log_start(), from);
  while (next < log.end_offset()) {
    WEIR_TRY_VAR(plan, log.plan_read(next, kPieceSize, ReadUpTo::end, AtLeastOne::yes));
    WEIR_TRY_VAR(records, perform(plan));
    Offset before = next;
    for (SharedBytes rest : records.parts) {
      while (!rest.empty()) {
        WEIR_TRY_VAR(batch, RecordBatch::parse(rest, records.trust));
        WEIR_TRY(use(batch));
        next = batch.header.next_offset();
        rest = rest.slice(batch.bytes.size());
      }
    }
    if (next == before) return fail(ErrorCode::corrupt_data, log.directory() + ": no batch where one must be");
  }
  return {};
}

Result<> replay(PartitionLog& log, const std::function<Result<>(const RecordView&)>& use, Offset from) {
  const AbortedTransactions aborted(log.aborted_between(log.log_start(), log.end_offset()));
  BatchReader reader;
  auto use_batch = [&](const RecordBatch& batch) -> Result<> {
    const BatchHeader& header = batch.header;
    if (header.is_control() || aborted.contain(header)) return {};
    return for_each_record(reader, batch, use);
  };
  return replay_batches(log, use_batch, from);
}

}  // namespace weir::log::storage
