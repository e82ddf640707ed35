#include "streams/runtime/position_check.h"

namespace weir::streams {

namespace {}  // namespace

Result<std::optional<std::string>> why_rebuild(const state::Position& position, const PositionCheck& check,
                                               log::Consumer& consumer) {
  using Why = std::optional<std::string>;
  const log::TopicPartition& partition = check.partition;
  if (position.topic != check.topic) return Why(partition.topic + " was made anew");
  WEIR_TRY_VAR(held, consumer.epoch_end(partition, position.epoch));
  if (position.next > log::Offset(0) && held.offset < position.next) {
    return Why(partition.to_string() + " lost its tail: the store knows it up to offset " + to_string(position.next) +
               " in epoch " + std::to_string(position.epoch.value()) + ", the log only up to " +
               to_string(held.offset));
  }
  WEIR_TRY_VAR(starts, consumer.beginning_offsets(std::span(&partition, 1)));
  if (position.next < starts.at(partition)) {
    return Why(partition.to_string() + " begins at offset " + to_string(starts.at(partition)) + ", the store ends at " +
               to_string(position.next));
  }
  if (position.next < check.end && check.now_ms - position.commit_time_ms > check.deletions_live_ms) {
    return Why("the store was last written " + std::to_string((check.now_ms - position.commit_time_ms) / 3'600'000) +
               " hours ago: deletions since then may have been compacted away");
  }
  return Why();
}

}  // namespace weir::streams
