#include "log/storage/leader_epochs.h"

#include <algorithm>

#include "log/base/assert.h"

namespace weir::log::storage {

void LeaderEpochs::note(LeaderEpoch epoch, Offset offset) {
  if (epoch <= latest()) return;
  if (!entries_.empty() && entries_.back().start_offset >= offset) entries_.pop_back();  // it never had a record
  WEIR_ASSERT(entries_.empty() || entries_.back().start_offset < offset, "epochs and where they begin ascend");
  entries_.push_back({epoch, offset});
}

void LeaderEpochs::truncate_from(Offset end_offset) {
  while (!entries_.empty() && entries_.back().start_offset >= end_offset) entries_.pop_back();
}

LeaderEpochs::End LeaderEpochs::end_of(LeaderEpoch epoch, Offset log_end) const {
  auto after = std::upper_bound(entries_.begin(), entries_.end(), epoch,
                                [](LeaderEpoch wanted, const Entry& entry) { return wanted < entry.epoch; });
  if (after == entries_.begin()) return {};
  return {std::prev(after)->epoch, after == entries_.end() ? log_end : after->start_offset};
}

LeaderEpoch LeaderEpochs::epoch_at(Offset offset) const {
  auto after = std::upper_bound(entries_.begin(), entries_.end(), offset,
                                [](Offset wanted, const Entry& entry) { return wanted < entry.start_offset; });
  return after == entries_.begin() ? kNoLeaderEpoch : std::prev(after)->epoch;
}

void LeaderEpochs::encode(Writer& writer) const {
  writer.int32(static_cast<std::int32_t>(entries_.size()));
  for (const auto& entry : entries_) {
    writer.int32(entry.epoch.value());
    writer.int64(entry.start_offset.value());
  }
}

void LeaderEpochs::decode(Reader& reader) {
  entries_.clear();
  for (std::int32_t left = reader.int32(); left > 0 && reader.ok(); --left) {
    LeaderEpoch epoch(reader.int32());
    Offset start(reader.int64());
    const bool ascends = entries_.empty() || (entries_.back().epoch < epoch && entries_.back().start_offset < start);
    if (reader.ok() && ascends) entries_.push_back({epoch, start});
    if (!ascends) reader.set_failed(Reader::State::ended);
  }
}

}  // namespace weir::log::storage
