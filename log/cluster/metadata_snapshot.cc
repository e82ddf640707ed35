#include "log/cluster/metadata_snapshot.h"

#include <algorithm>

#include "log/base/cursor.h"
#include "log/base/path.h"
#include "log/storage/format.h"

namespace weir::log::cluster {

namespace {

constexpr std::string_view kSnapshotMagic = "WMET";
constexpr std::int16_t kSnapshotVersion = 1;

}  // namespace

// payload: end int64 | count int32 x (size int32 | MetadataRecord): the records that make the state of nothing
OwnedBytes MetadataSnapshot::encode() const {
  OwnedBytes payload;
  Writer writer(payload);
  writer.int64(end.value());
  const auto records = state.records();
  writer.int32(static_cast<std::int32_t>(records.size()));
  for (const auto& record : records) {
    const OwnedBytes bytes = cluster::encode(record);
    writer.int32(static_cast<std::int32_t>(bytes.size()));
    writer.bytes(bytes);
  }
  return storage::seal_file(kSnapshotMagic, kSnapshotVersion, payload);
}

Result<MetadataSnapshot> MetadataSnapshot::decode(Bytes content) {
  WEIR_TRY_VAR(payload, storage::open_sealed(content, kSnapshotMagic, kSnapshotVersion));
  Reader reader(payload);
  MetadataSnapshot snapshot;
  snapshot.end = Offset(reader.int64());
  for (std::int32_t left = reader.int32(); left > 0 && reader.ok(); --left) {
    const Bytes bytes = reader.bytes(static_cast<std::uint32_t>(reader.int32()));
    if (!reader.ok()) break;
    WEIR_TRY_VAR(record, decode_metadata_record(bytes));
    snapshot.state.apply(record);
  }
  if (!reader.ok() || !reader.at_end()) return fail(ErrorCode::corrupt_data, "snapshot of the metadata");
  return snapshot;
}

Result<std::vector<Offset>> MetadataSnapshots::ends() const {
  std::vector<Offset> ends;
  auto names = files_.list(directory_);
  if (!names) {
    if (names.error().code == ErrorCode::not_found) return ends;
    return fail(names.error());
  }
  for (const auto& name : *names) {
    if (auto end = storage::offset_in_name(name, kSnapshotSuffix)) ends.push_back(*end);
  }
  std::sort(ends.begin(), ends.end());
  return ends;
}

Result<MetadataSnapshots::Found> MetadataSnapshots::find(Offset at_most) const {
  WEIR_TRY_VAR(all, ends());
  Found found;
  for (auto end = all.rbegin(); end != all.rend(); ++end) {
    const std::string path = directory_ + "/" + storage::file_name(*end, kSnapshotSuffix);
    if (*end > at_most) {
      found.ahead.push_back(path);
      continue;
    }
    auto content = read_file(files_, path);
    if (!content && content.error().code == ErrorCode::not_found) continue;  // a writer has removed it meanwhile
    if (!content) return fail(content.error());
    auto snapshot = MetadataSnapshot::decode(*content);
    if (snapshot && snapshot->end == *end) {
      found.newest = *std::move(snapshot);
      return found;
    }
    found.damaged.push_back(path + ": " + (snapshot ? "it is of another offset" : snapshot.error().to_string()));
  }
  return found;
}

Result<Offset> MetadataSnapshots::keep(const MetadataSnapshot& snapshot) {
  WEIR_TRY_VAR(is_there, files_.exists(directory_));
  if (!is_there) {
    WEIR_TRY(files_.create_directories(directory_));
    WEIR_TRY(files_.sync_directory(parent_directory(directory_)));
  }
  const std::string path = directory_ + "/" + storage::file_name(snapshot.end, kSnapshotSuffix);
  WEIR_TRY(replace_file(files_, path, snapshot.encode()));
  WEIR_TRY_VAR(all, ends());
  while (all.size() > kMetadataSnapshotsKept) {
    WEIR_TRY(files_.remove(directory_ + "/" + storage::file_name(all.front(), kSnapshotSuffix)));
    all.erase(all.begin());
  }
  return all.size() < kMetadataSnapshotsKept ? Offset(0) : all.front();
}

}  // namespace weir::log::cluster
