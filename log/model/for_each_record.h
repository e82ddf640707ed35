// for_each_record: every record of a batch, in order.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

#include "log/base/result.h"
#include "log/model/record_batch.h"

namespace weir::log {

// Calls `use(const RecordView&)`, which gives nothing; or false, which ends the walk; or a Result<>, of which the first
// error ends it. What a record points into stays where it is until the reader opens another batch.
// corrupt_message, invalid_record: the batch is damaged.
template <class Use>
Result<> for_each_record(BatchReader& reader, const RecordBatch& batch, Use&& use) {
  using Given = std::invoke_result_t<Use&, const RecordView&>;
  WEIR_TRY(reader.open(batch));
  std::array<RecordView, 64> views;
  for (;;) {
    WEIR_TRY_VAR(count, reader.fill(views));
    if (count == 0) return {};
    for (std::size_t i = 0; i < count; ++i) {
      const RecordView& record = views[i];
      if constexpr (std::is_void_v<Given>) {
        use(record);
      } else if constexpr (std::is_same_v<Given, bool>) {
        if (!use(record)) return {};
      } else {
        WEIR_TRY(use(record));
      }
    }
  }
}

// The same where nothing is needed of a record after the walk.
template <class Use>
Result<> for_each_record(const RecordBatch& batch, Use&& use) {
  BatchReader reader;
  return for_each_record(reader, batch, std::forward<Use>(use));
}

}  // namespace weir::log
