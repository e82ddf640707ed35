#include "streams/runtime/global_reader.h"

namespace weir::streams {

namespace {
constexpr std::int64_t kPatienceMs = 120'000;
}

Result<> GlobalReader::bootstrap(const Plan& plan, Clock& clock) {
  std::vector<log::TopicPartition> all;
  for (const std::string& topic : tables_.topics()) {
    for (std::int32_t p = 0; p < plan.partitions.at(topic); ++p) all.push_back({topic, log::PartitionIndex(p)});
  }
  TRY(consumer_->assign(all));
  TRY_VAR(starts, consumer_->beginning_offsets(all));
  TRY_VAR(ends, consumer_->end_offsets(all, log::Isolation::read_committed));
  for (const auto& partition : all) TRY(consumer_->seek(partition, starts.at(partition)));
  std::int64_t last_progress_ms = clock.monotonic_ms();
  for (const auto& partition : all) {
    for (;;) {
      TRY_VAR(before, consumer_->position(partition));
      if (before >= ends.at(partition)) break;
      TRY(poll(Millis(100)));
      TRY_VAR(after, consumer_->position(partition));
      if (after != before) last_progress_ms = clock.monotonic_ms();
      if (clock.monotonic_ms() - last_progress_ms > kPatienceMs) {
        return fail(ErrorCode::timed_out, "reading global tables: " + partition.to_string() +
                                              " does not come beyond offset " + std::to_string(after.value()));
      }
    }
  }
  return {};
}

Result<> GlobalReader::poll(Millis patience) {
  TRY_VAR(batches, consumer_->poll(patience));
  for (const log::FetchedBatch& batch : batches) TRY(tables_.take(batch));
  return {};
}

}  // namespace weir::streams
