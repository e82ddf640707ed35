#include "log/client/producer_lane.h"

#include <algorithm>

#include "log/base/assert.h"
#include "log/client/batch_split.h"

namespace weir::log {

Result<> Producer::Lane::seal(BatchOptions options) {
  if (builder.empty()) return {};
  const std::int32_t count = builder.count();
  if (options.producer_id != kNoProducerId) options.base_sequence = next_sequence;
  WEIR_TRY_VAR(batch, builder.seal(options));
  if (options.producer_id != kNoProducerId) next_sequence = log::next_sequence(next_sequence, count);
  sealed.push_back({std::move(batch), ++last_number});
  ++batches_sealed;
  return {};
}

Producer::Lane::Sealed* Producer::Lane::next_to_send(std::size_t most) {
  if (is_held) return nullptr;
  const std::size_t count = std::min(sealed.size(), is_known ? most : 1);
  for (std::size_t i = 0; i < count; ++i) {
    if (sealed[i].state != Sealed::State::waiting) continue;
    sealed[i].was_first = i == 0;
    return &sealed[i];
  }
  return nullptr;
}

Producer::Lane::Sealed* Producer::Lane::find(std::int64_t number) {
  const auto found = std::ranges::find(sealed, number, &Sealed::number);
  return found == sealed.end() ? nullptr : &*found;
}

void Producer::Lane::forget_sequence() {
  WEIR_ASSERT(on_the_way == 0);
  for (auto& one : sealed) {
    RecordBatch& batch = one.batch;
    if (batch.header.has_producer()) batch = with_sequence(batch, previous_sequence(batch.header.base_sequence));
  }
  next_sequence = previous_sequence(next_sequence);
}

bool Producer::Lane::is_uncertain() const {
  WEIR_ASSERT(on_the_way == 0);
  return std::ranges::any_of(sealed, &Sealed::was_sent);
}

void Producer::Lane::discard() {
  WEIR_ASSERT(on_the_way == 0);
  if (!builder.empty()) builder = BatchBuilder(batch_bytes);
  if (!sealed.empty() && sealed.front().batch.header.has_producer()) {
    next_sequence = sealed.front().batch.header.base_sequence;
  }
  sealed.clear();
  is_held = false;
  retry.reset();
}

}  // namespace weir::log
