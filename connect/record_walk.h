// for_each_record: the wanted records of a fetched batch, one by one.
#pragma once

#include <array>

#include "log/base/result.h"
#include "log/client/consumer.h"
#include "log/model/record_batch.h"

namespace weir::connect {

// Calls `use(const log::RecordView&) -> Result<>` in order; its first error ends the walk.
template <class Use>
Result<> for_each_record(log::BatchReader& reader, const log::FetchedBatch& fetched, Use&& use) {
  std::array<log::RecordView, 64> views;
  TRY(reader.open(fetched.batch));
  for (;;) {
    TRY_VAR(count, reader.fill(views));
    if (count == 0) return {};
    for (std::size_t i = 0; i < count; ++i) {
      if (views[i].offset >= fetched.first_wanted) TRY(use(views[i]));
    }
  }
}

}  // namespace weir::connect
