// for_each_record: the wanted records of a fetched batch, one by one.
#pragma once

#include <array>

#include "log/base/result.h"
#include "log/client/consumer.h"
#include "log/model/record_batch.h"

namespace weir::log {

// Calls `use(const RecordView&) -> Result<>` in order; its first error ends the walk. A record's bytes stay where they
// are until the reader opens another batch. corrupt_message, invalid_record: the batch is damaged; with the partition.
template <class Use>
Result<> for_each_record(BatchReader& reader, const FetchedBatch& fetched, Use&& use) {
  std::array<RecordView, 64> views;
  if (auto opened = reader.open(fetched.batch); !opened) return fail(opened.error().at(fetched.partition.to_string()));
  for (;;) {
    auto count = reader.fill(views);
    if (!count) return fail(count.error().at(fetched.partition.to_string()));
    if (*count == 0) return {};
    for (std::size_t i = 0; i < *count; ++i) {
      if (views[i].offset >= fetched.first_wanted) WEIR_TRY(use(views[i]));
    }
  }
}

}  // namespace weir::log
