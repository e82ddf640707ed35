#include "log/storage/partition_state.h"

#include <algorithm>

#include "log/storage/format.h"

namespace weir::log::storage {

namespace {
constexpr std::string_view kMagic = "WPST";
constexpr std::int16_t kVersion = 2;
}  // namespace

void PartitionState::apply(const BatchHeader& batch, const std::optional<EndMarker>& marker, std::int64_t now_ms) {
  epochs.note(batch.leader_epoch, batch.base_offset);
  if (!batch.has_producer()) return;
  if (!marker) {
    // A control batch without marker is what compaction left of one.
    if (!batch.is_control()) producers.apply(batch, now_ms);
  } else if (auto ended = producers.apply_marker(batch, *marker, now_ms)) {
    aborted.push_back(*ended);
  }
}

std::vector<AbortedTransaction> PartitionState::aborted_between(Offset from, Offset to) const {
  auto at = std::partition_point(aborted.begin(), aborted.end(),
                                 [&](const AbortedTransaction& entry) { return entry.marker_offset < from; });
  std::vector<AbortedTransaction> found;
  std::copy_if(at, aborted.end(), std::back_inserter(found),
               [&](const auto& entry) { return entry.first_offset < to; });
  return found;
}

void PartitionState::forget_aborted_before(Offset log_start) {
  std::erase_if(aborted, [&](const auto& entry) { return entry.marker_offset < log_start; });
}

Result<std::optional<EndMarker>> marker_in(const RecordBatch& batch) {
  if (!batch.header.is_control() || !batch.header.has_producer()) return std::nullopt;
  BatchReader reader;
  WEIR_TRY(reader.open(batch));
  RecordView record;
  WEIR_TRY_VAR(count, reader.fill({&record, 1}));
  if (count == 0) return std::nullopt;
  WEIR_TRY_VAR(marker, parse_end_marker(record));
  return marker;
}

// payload: end_offset int64 | segment int64 | position int64 | epochs | aborted int32 x (producer_id int64 |
// first_offset int64 | marker_offset int64) | producers
OwnedBytes PartitionSnapshot::encode() const {
  OwnedBytes payload;
  Writer writer(payload);
  writer.int64(end_offset.value());
  writer.int64(segment.value());
  writer.int64(static_cast<std::int64_t>(position));
  state.epochs.encode(writer);
  writer.int32(static_cast<std::int32_t>(state.aborted.size()));
  for (const auto& entry : state.aborted) {
    writer.int64(entry.producer_id.value());
    writer.int64(entry.first_offset.value());
    writer.int64(entry.marker_offset.value());
  }
  state.producers.encode(writer);
  return seal_file(kMagic, kVersion, payload);
}

Result<PartitionSnapshot> PartitionSnapshot::decode(Bytes content) {
  WEIR_TRY_VAR(payload, open_sealed(content, kMagic, kVersion));
  Reader reader(payload);
  PartitionSnapshot snapshot;
  snapshot.end_offset = Offset(reader.int64());
  snapshot.segment = Offset(reader.int64());
  snapshot.position = static_cast<std::uint64_t>(reader.int64());
  snapshot.state.epochs.decode(reader);
  for (std::int32_t left = reader.int32(); left > 0 && reader.ok(); --left) {
    ProducerId id(reader.int64());
    Offset first(reader.int64());
    Offset marker(reader.int64());
    snapshot.state.aborted.push_back({id, first, marker});
  }
  snapshot.state.producers.decode(reader);
  if (!reader.ok() || !reader.at_end()) return fail(ErrorCode::corrupt_data, "snapshot of a partition's state");
  return snapshot;
}

}  // namespace weir::log::storage
