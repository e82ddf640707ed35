#include "log/storage/checkpoint.h"

#include "log/base/cursor.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

constexpr std::string_view kMagic = "WCKP";
constexpr std::int16_t kVersion = 2;

void put_text(Writer& writer, const std::string& text) {
  writer.int32(static_cast<std::int32_t>(text.size()));
  writer.bytes(text);
}

std::string get_text(Reader& reader) {
  return std::string(reader.bytes(static_cast<std::uint32_t>(reader.int32())));
}

}  // namespace

// payload: boot_id text | is_clean int8 | leader_epoch int32 | count int32 x (name text | log_start int64 | synced
// int64 | written int64 | cleaned_to int64); a text is its size (int32) and its bytes
OwnedBytes Checkpoint::encode() const {
  OwnedBytes payload;
  Writer writer(payload);
  put_text(writer, boot_id);
  writer.int8(is_clean ? 1 : 0);
  writer.int32(leader_epoch.value());
  writer.int32(static_cast<std::int32_t>(partitions.size()));
  for (const auto& [name, partition] : partitions) {
    put_text(writer, name);
    writer.int64(partition.log_start.value());
    writer.int64(partition.synced.value());
    writer.int64(partition.written.value());
    writer.int64(partition.cleaned_to.value());
  }
  return seal_file(kMagic, kVersion, payload);
}

Result<Checkpoint> Checkpoint::decode(Bytes content) {
  WEIR_TRY_VAR(payload, open_sealed(content, kMagic, kVersion));
  Reader reader(payload);
  Checkpoint checkpoint;
  checkpoint.boot_id = get_text(reader);
  checkpoint.is_clean = reader.int8() != 0;
  checkpoint.leader_epoch = LeaderEpoch(reader.int32());
  for (std::int32_t left = reader.int32(); left > 0 && reader.ok(); --left) {
    std::string name = get_text(reader);
    Partition partition;
    partition.log_start = Offset(reader.int64());
    partition.synced = Offset(reader.int64());
    partition.written = Offset(reader.int64());
    partition.cleaned_to = Offset(reader.int64());
    checkpoint.partitions.emplace(std::move(name), partition);
  }
  if (!reader.ok() || !reader.at_end()) return fail(ErrorCode::corrupt_data, "checkpoint");
  return checkpoint;
}

}  // namespace weir::log::storage
