// for_each_record: the wanted records of a fetched batch, one by one.
#pragma once

#include "log/base/result.h"
#include "log/client/consumer.h"
#include "log/model/for_each_record.h"
#include "log/model/record_batch.h"

namespace weir::log {

// Calls `use(const RecordView&) -> Result<>` in order; its first error ends the walk. A record's bytes stay where they
// are until the reader opens another batch. corrupt_message, invalid_record: the batch is damaged; with the partition.
template <class Use>
Result<> for_each_record(BatchReader& reader, const FetchedBatch& fetched, Use&& use) {
  Result<> used;
  auto walked = for_each_record(reader, fetched.batch, [&](const RecordView& record) {
    if (record.offset >= fetched.first_wanted) used = use(record);
    return used.has_value();
  });
  if (!walked) return fail(walked.error().at(fetched.partition.to_string()));
  return used;
}

}  // namespace weir::log
