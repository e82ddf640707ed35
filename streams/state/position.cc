#include "streams/state/position.h"

#include "log/base/cursor.h"

namespace weir::streams::state {

namespace {
constexpr std::uint8_t kVersion = 1;
}

OwnedBytes Position::encode() const {
  OwnedBytes out;
  Writer writer(out);
  writer.uint8(kVersion);
  for (std::uint8_t byte : topic.bytes) writer.uint8(byte);
  writer.int32(epoch.value());
  writer.int64(next.value());
  writer.int64(commit_time_ms);
  return out;
}

std::optional<Position> Position::decode(Bytes bytes) {
  Reader reader(bytes);
  if (reader.uint8() != kVersion) return std::nullopt;
  Position position;
  for (std::uint8_t& byte : position.topic.bytes) byte = reader.uint8();
  position.epoch = log::LeaderEpoch(reader.int32());
  position.next = log::Offset(reader.int64());
  position.commit_time_ms = reader.int64();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return position;
}

}  // namespace weir::streams::state
