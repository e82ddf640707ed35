#include "cli/record_scan.h"

#include <algorithm>
#include <deque>

namespace weir::cli {

Result<RecordScan> RecordScan::make(const log::Client& client, log::Isolation isolation) {
  log::ConsumerOptions options;
  options.isolation = isolation;
  WEIR_TRY_VAR(consumer, client.consumer(options));
  return RecordScan(std::move(consumer));
}

template <class Use>
Result<> RecordScan::each(const log::TopicPartition& partition, log::Offset from, log::Offset to, Use use) {
  constexpr Millis kWait{100};
  WEIR_TRY(consumer_->assign({partition}));
  WEIR_TRY(consumer_->seek(partition, from));
  for (;;) {
    WEIR_TRY_VAR(position, consumer_->position(partition));
    if (position >= to) return {};
    WEIR_TRY_VAR(batches, consumer_->poll(kWait));
    for (const auto& batch : batches) {
      WEIR_TRY(log::for_each_record(reader_, batch, [&](const log::RecordView& record) -> Result<> {
        if (record.offset >= from && record.offset < to) use(record.offset);
        return {};
      }));
    }
  }
}

Result<std::uint64_t> RecordScan::count(const log::TopicPartition& partition, log::Offset from, log::Offset to) {
  std::uint64_t seen = 0;
  WEIR_TRY(each(partition, from, to, [&](log::Offset) { ++seen; }));
  return seen;
}

Result<log::Offset> RecordScan::before_end(const log::TopicPartition& partition, log::Offset begin, log::Offset end,
                                           std::int64_t count) {
  if (count == 0) return end;
  if (count >= end - begin) return begin;
  // Reads further and further back, until there are as many.
  for (std::int64_t width = std::max<std::int64_t>(count, 64);; width *= 4) {
    const log::Offset from = width < end - begin ? end - width : begin;
    std::deque<log::Offset> last;
    WEIR_TRY(each(partition, from, end, [&](log::Offset offset) {
      last.push_back(offset);
      if (static_cast<std::int64_t>(last.size()) > count) last.pop_front();
    }));
    if (static_cast<std::int64_t>(last.size()) == count) return last.front();
    if (from == begin) return begin;
  }
}

}  // namespace weir::cli
