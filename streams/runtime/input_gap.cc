#include "streams/runtime/input_gap.h"

#include <algorithm>
#include <span>

namespace weir::streams {

namespace {

std::string shown(log::Offset offset) {
  return std::to_string(offset.value());
}

Result<InputGap> bounds_of(const log::TopicPartition& partition, log::Consumer& consumer) {
  WEIR_TRY_VAR(starts, consumer.beginning_offsets(std::span(&partition, 1)));
  WEIR_TRY_VAR(ends, consumer.end_offsets(std::span(&partition, 1), log::Isolation::read_uncommitted));
  InputGap gap;
  gap.partition = partition;
  gap.start = starts.at(partition);
  gap.end = ends.at(partition);
  return gap;
}

// Up to where the log is the one that had the position. One that begins there holds nothing that could tell.
Result<log::Offset> held_of(const InputPosition& position, const InputGap& bounds, log::Consumer& consumer) {
  if (position.epoch == log::kNoLeaderEpoch || position.offset <= bounds.start) return bounds.end;
  WEIR_TRY_VAR(held, consumer.epoch_end(position.partition, position.epoch));
  if (held.offset == log::kNoOffset) return bounds.start;
  return std::clamp(held.offset, bounds.start, bounds.end);
}

}  // namespace

std::string InputGap::to_string() const {
  const std::string missing = partition.to_string() + ": offsets " + shown(from) + " to " + shown(to - 1);
  const std::string there = "it holds offsets " + shown(start) + " to " + shown(end - 1) + " now";
  switch (kind) {
    case Kind::deleted:
      return missing + " were deleted before they were read: it begins at offset " + shown(start) + " now";
    case Kind::lost:
      if (end < to) return missing + " were read and are not there any more: it ends at offset " + shown(end) + " now";
      return missing + " were read and are others now: the log lost its end and went on from offset " + shown(next);
    case Kind::replaced:
      return missing + " were read from a topic of this name that was deleted and made anew: " +
             (start == end ? "it is empty now" : there);
  }
  return missing;
}

Result<std::optional<InputGap>> find_gap(const InputPosition& position, log::Consumer& consumer) {
  using None = std::optional<InputGap>;
  WEIR_TRY_VAR(gap, bounds_of(position.partition, consumer));
  if (position.offset < gap.start) {
    gap.kind = InputGap::Kind::deleted;
    gap.from = position.offset;
    gap.to = gap.next = gap.start;
    return None(std::move(gap));
  }
  WEIR_TRY_VAR(held, held_of(position, gap, consumer));
  if (position.offset <= held) return None();
  gap.kind = InputGap::Kind::lost;
  gap.from = gap.next = held;
  gap.to = position.offset;
  return None(std::move(gap));
}

Result<InputGap> gap_of_replaced(const InputPosition& position, log::Consumer& consumer) {
  WEIR_TRY_VAR(gap, bounds_of(position.partition, consumer));
  gap.kind = InputGap::Kind::replaced;
  gap.to = position.offset;
  gap.next = gap.start;
  return gap;
}

}  // namespace weir::streams
