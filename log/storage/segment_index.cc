#include "log/storage/segment_index.h"

#include <algorithm>

#include "log/base/cursor.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {
constexpr std::uint64_t kInterval = 32 * 1024;
constexpr std::string_view kMagic = "WIDX";
constexpr std::int16_t kVersion = 2;
constexpr std::size_t kEntrySize = 24;
}  // namespace

void SegmentIndex::add(const BatchHeader& header, std::uint64_t position) {
  if (entries_.empty() || position - entries_.back().position >= kInterval) {
    entries_.push_back({header.base_offset, position, max_timestamp_});
  }
  // A delete horizon stands where the batch's first timestamp was.
  if (position == 0) first_timestamp_ = header.has_delete_horizon() ? header.max_timestamp : header.base_timestamp;
  max_timestamp_ = std::max(max_timestamp_, header.max_timestamp);
}

void SegmentIndex::truncate(std::uint64_t position) {
  while (!entries_.empty() && entries_.back().position >= position) entries_.pop_back();
}

const SegmentIndex::Entry* SegmentIndex::entry_for(Offset offset) const {
  auto after = std::upper_bound(entries_.begin(), entries_.end(), offset,
                                [](Offset wanted, const Entry& entry) { return wanted < entry.offset; });
  return after == entries_.begin() ? nullptr : &*std::prev(after);
}

std::uint64_t SegmentIndex::position_not_before(Offset offset, std::uint64_t end) const {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), offset,
                             [](const Entry& entry, Offset wanted) { return entry.offset < wanted; });
  return at == entries_.end() ? end : at->position;
}

std::uint64_t SegmentIndex::position_for_time(std::int64_t timestamp_ms) const {
  auto after = std::partition_point(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.max_timestamp_before < timestamp_ms; });
  return after == entries_.begin() ? 0 : std::prev(after)->position;
}

// payload: log_size int64 | next_offset int64 | first_timestamp int64 | max_timestamp int64 | count int32 | entries of
// three int64
OwnedBytes SegmentIndex::encode(std::uint64_t log_size, Offset next_offset) const {
  OwnedBytes payload;
  payload.reserve(36 + entries_.size() * kEntrySize);
  Writer writer(payload);
  writer.int64(static_cast<std::int64_t>(log_size));
  writer.int64(next_offset.value());
  writer.int64(first_timestamp_);
  writer.int64(max_timestamp_);
  writer.int32(static_cast<std::int32_t>(entries_.size()));
  for (const auto& entry : entries_) {
    writer.int64(entry.offset.value());
    writer.int64(static_cast<std::int64_t>(entry.position));
    writer.int64(entry.max_timestamp_before);
  }
  return seal_file(kMagic, kVersion, payload);
}

Result<SegmentIndex> SegmentIndex::decode(Bytes content, std::uint64_t log_size, Offset next_offset) {
  WEIR_TRY_VAR(payload, open_sealed(content, kMagic, kVersion));
  Reader reader(payload);
  bool same_log = reader.int64() == static_cast<std::int64_t>(log_size) && reader.int64() == next_offset.value();
  SegmentIndex index;
  index.first_timestamp_ = reader.int64();
  index.max_timestamp_ = reader.int64();
  auto count = static_cast<std::uint32_t>(reader.int32());
  if (!reader.ok() || !same_log || reader.remaining() != std::size_t{count} * kEntrySize) {
    return fail(ErrorCode::corrupt_data, "index of another segment");
  }
  index.entries_.resize(count);
  for (auto& entry : index.entries_) {
    entry.offset = Offset(reader.int64());
    entry.position = static_cast<std::uint64_t>(reader.int64());
    entry.max_timestamp_before = reader.int64();
  }
  return index;
}

}  // namespace weir::log::storage
