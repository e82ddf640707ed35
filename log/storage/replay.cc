#include "log/storage/replay.h"

#include <algorithm>
#include <array>

namespace weir::log::storage {

namespace {
constexpr std::size_t kPieceSize = 1024 * 1024;
}

Result<> replay_batches(PartitionLog& log, const std::function<Result<>(const RecordBatch&)>& use, Offset from) {
  Offset next = std::max(log.log_start(), from);
  while (next < log.end_offset()) {
    TRY_VAR(plan, log.plan_read(next, kPieceSize, ReadUpTo::end, AtLeastOne::yes));
    TRY_VAR(records, perform(plan));
    Offset before = next;
    for (SharedBytes rest : records.parts) {
      while (!rest.empty()) {
        TRY_VAR(batch, RecordBatch::parse(rest, records.trust));
        TRY(use(batch));
        next = batch.header.next_offset();
        rest = rest.slice(batch.bytes.size());
      }
    }
    if (next == before) return fail(ErrorCode::corrupt_data, log.directory() + ": no batch where one must be");
  }
  return {};
}

Result<> replay(PartitionLog& log, const std::function<Result<>(const RecordView&)>& use, Offset from) {
  auto aborted = log.aborted_between(log.log_start(), log.end_offset());
  BatchReader reader;
  std::array<RecordView, 64> views;
  auto use_batch = [&](const RecordBatch& batch) -> Result<> {
    const BatchHeader& header = batch.header;
    bool is_aborted = header.is_transactional() && std::any_of(aborted.begin(), aborted.end(), [&](const auto& entry) {
                        return entry.producer_id == header.producer_id && entry.first_offset <= header.base_offset &&
                               header.base_offset < entry.marker_offset;
                      });
    if (header.is_control() || is_aborted) return {};
    TRY(reader.open(batch));
    for (;;) {
      TRY_VAR(count, reader.fill(views));
      if (count == 0) return {};
      for (std::size_t i = 0; i < count; ++i) TRY(use(views[i]));
    }
  };
  return replay_batches(log, use_batch, from);
}

}  // namespace weir::log::storage
