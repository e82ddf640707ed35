// RecordScan: counts records, not offsets: markers of transactions and what compaction or an abort took have offsets
// too, and nobody who reads a topic sees them.
#pragma once

#include <cstdint>
#include <memory>

#include "log/base/result.h"
#include "log/log.h"

namespace weir::cli {

class RecordScan {
 public:
  static Result<RecordScan> make(const log::Client& client, log::Isolation isolation);

  // How many records a reader sees in [from, to).
  Result<std::uint64_t> count(const log::TopicPartition& partition, log::Offset from, log::Offset to);

  // Where the last `count` records of [begin, end) begin; `begin` if there are fewer.
  Result<log::Offset> before_end(const log::TopicPartition& partition, log::Offset begin, log::Offset end,
                                 std::int64_t count);

 private:
  explicit RecordScan(std::unique_ptr<log::Consumer> consumer) : consumer_(std::move(consumer)) {}

  template <class Use>
  Result<> each(const log::TopicPartition& partition, log::Offset from, log::Offset to, Use use);

  std::unique_ptr<log::Consumer> consumer_;
  log::BatchReader reader_;
};

}  // namespace weir::cli
