#include "streams/runtime/changelog_reader.h"

#include <algorithm>

namespace weir::streams {

namespace {
constexpr std::int64_t kLongestSilenceMs = 120'000;  // longer than any transaction may stay open
}

Result<> ChangelogReader::begin(const std::vector<Reading>& readings) {
  std::map<log::TopicPartition, std::size_t> places;
  partitions_.clear();
  for (const Reading& reading : readings) {
    auto [place, is_new] = places.emplace(reading.partition, partitions_.size());
    if (is_new) partitions_.push_back({reading.partition, reading.from, reading.end, {}, false});
    Partition& partition = partitions_[place->second];
    partition.at = std::min(partition.at, reading.from);
    partition.end = std::max(partition.end, reading.end);
    partition.takers.push_back(reading.taker);
  }
  std::vector<log::TopicPartition> names;
  for (const Partition& partition : partitions_) names.push_back(partition.name);
  WEIR_TRY(consumer_->assign({}));  // none keeps a place, or a pause, that it had
  WEIR_TRY(consumer_->assign(std::move(names)));
  for (const Partition& partition : partitions_) WEIR_TRY(consumer_->seek(partition.name, partition.at));
  open_ = partitions_.size();
  last_progress_ms_ = clock_.monotonic_ms();
  return note_positions().map([](bool) {});
}

Result<bool> ChangelogReader::step(Millis patience) {
  if (open_ == 0 && at_end_ == AtEnd::stops) return false;
  WEIR_TRY_VAR(batches, consumer_->poll(patience));
  for (const log::FetchedBatch& batch : batches) {
    for (Taker* taker : partitions_[batch.assignment_index].takers) WEIR_TRY(taker->take(batch));
  }
  WEIR_TRY_VAR(has_moved, note_positions());
  return has_moved || !batches.empty();
}

// Positions also move over what is no data.
Result<bool> ChangelogReader::note_positions() {
  if (open_ == 0) return false;
  bool has_moved = false;
  const Partition* waiting = nullptr;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    Partition& partition = partitions_[i];
    if (partition.is_complete) continue;
    WEIR_TRY_VAR(now, consumer_->position(partition.name));
    has_moved = has_moved || now != partition.at;
    partition.at = now;
    if (now < partition.end) {
      waiting = &partition;
      continue;
    }
    partition.is_complete = true;
    --open_;
    if (at_end_ == AtEnd::stops) consumer_->pause(i);
  }
  const std::int64_t now_ms = clock_.monotonic_ms();
  if (has_moved) last_progress_ms_ = now_ms;
  if (waiting != nullptr && now_ms - last_progress_ms_ > kLongestSilenceMs) {
    return fail(ErrorCode::timed_out, what_ + ": " + waiting->name.to_string() + " does not come beyond offset " +
                                          std::to_string(waiting->at.value()) + ", where a transaction is open");
  }
  return has_moved;
}

}  // namespace weir::streams
