// dump: what a .log file holds, batch by batch, for people who look into it.
#pragma once

#include <functional>
#include <string>

#include "log/base/file.h"
#include "log/model/record_batch.h"

namespace weir::log::storage {

struct DumpedBatch {
  std::uint64_t position = 0;
  RecordBatch batch;
  bool has_right_checksum = true;
};

// Calls `use` for each batch of the segment file `path`, in order, from the one at byte `from` on; an error of `use`
// ends it. Where bytes are no batch: corrupt_data with the position; a torn end, or one that is being written, is
// truncated.
Result<> dump_segment(FileSystem& files, const std::string& path,
                      const std::function<Result<>(const DumpedBatch&)>& use, std::uint64_t from = 0);

// "offset 12..14 at 1024: 3 records, 120 bytes, epoch 1, producer 7/0 sequence 3, transactional, lz4"
std::string describe(const DumpedBatch& dumped);

// `12 @1700000000000 key="k" value=00ff headers=0`: keys and values as text where they are printable, else in hex.
std::string describe(const RecordView& record);

}  // namespace weir::log::storage
