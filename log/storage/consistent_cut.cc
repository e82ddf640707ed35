#include "log/storage/consistent_cut.h"

#include "log/base/cursor.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

constexpr std::string_view kCutMagic = "WCUT";
constexpr std::int16_t kCutVersion = 1;

void put_name(Writer& writer, const std::string& text) {
  writer.int32(static_cast<std::int32_t>(text.size()));
  writer.bytes(text);
}

std::string get_name(Reader& reader) {
  return std::string(reader.bytes(static_cast<std::uint32_t>(reader.int32())));
}

}  // namespace

// payload: boot_id text | leader_epoch int32 | count int32 x (name text | end int64); a text is its size (int32) and
// its bytes
OwnedBytes ConsistentCut::encode() const {
  OwnedBytes payload;
  Writer writer(payload);
  put_name(writer, boot_id);
  writer.int32(leader_epoch.value());
  writer.int32(static_cast<std::int32_t>(ends.size()));
  for (const auto& [name, end] : ends) {
    put_name(writer, name);
    writer.int64(end.value());
  }
  return seal_file(kCutMagic, kCutVersion, payload);
}

Result<ConsistentCut> ConsistentCut::decode(Bytes content) {
  WEIR_TRY_VAR(payload, open_sealed(content, kCutMagic, kCutVersion));
  Reader reader(payload);
  ConsistentCut cut;
  cut.boot_id = get_name(reader);
  cut.leader_epoch = LeaderEpoch(reader.int32());
  for (std::int32_t left = reader.int32(); left > 0 && reader.ok(); --left) {
    std::string name = get_name(reader);
    cut.ends[std::move(name)] = Offset(reader.int64());
  }
  if (!reader.ok() || !reader.at_end()) return fail(ErrorCode::corrupt_data, "consistent cut");
  return cut;
}

}  // namespace weir::log::storage
