#include "log/client/producer_lane.h"

#include "log/client/batch_split.h"

namespace weir::log {

Result<> Producer::Lane::seal(BatchOptions options) {
  if (builder.empty()) return {};
  const std::int32_t count = builder.count();
  if (options.producer_id != kNoProducerId) options.base_sequence = next_sequence;
  WEIR_TRY_VAR(batch, builder.seal(options));
  if (options.producer_id != kNoProducerId) next_sequence = log::next_sequence(next_sequence, count);
  sealed.push_back(std::move(batch));
  ++batches_sealed;
  return {};
}

void Producer::Lane::forget_sequence() {
  for (auto& batch : sealed) {
    if (batch.header.has_producer()) batch = with_sequence(batch, previous_sequence(batch.header.base_sequence));
  }
  next_sequence = previous_sequence(next_sequence);
}

void Producer::Lane::discard() {
  if (!builder.empty()) builder = BatchBuilder(batch_bytes);
  if (!sealed.empty() && sealed.front().header.has_producer()) next_sequence = sealed.front().header.base_sequence;
  sealed.clear();
  retry.reset();
}

}  // namespace weir::log
