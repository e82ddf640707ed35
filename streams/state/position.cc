#include "streams/state/position.h"

#include "log/base/cursor.h"

namespace weir::streams::state {

namespace {
constexpr std::uint8_t kOfOnePartition = 1;
constexpr std::uint8_t kOfSeveral = 2;
}  // namespace

OwnedBytes Position::encode() const {
  OwnedBytes out;
  Writer writer(out);
  writer.uint8(further.empty() ? kOfOnePartition : kOfSeveral);
  for (std::uint8_t byte : topic.bytes) writer.uint8(byte);
  writer.int32(epoch.value());
  writer.int64(next.value());
  writer.int64(commit_time_ms);
  for (const Place& place : further) {
    writer.int32(place.epoch.value());
    writer.int64(place.next.value());
  }
  return out;
}

std::optional<Position> Position::decode(Bytes bytes) {
  Reader reader(bytes);
  const std::uint8_t version = reader.uint8();
  if (version != kOfOnePartition && version != kOfSeveral) return std::nullopt;
  Position position;
  for (std::uint8_t& byte : position.topic.bytes) byte = reader.uint8();
  position.epoch = log::LeaderEpoch(reader.int32());
  position.next = log::Offset(reader.int64());
  position.commit_time_ms = reader.int64();
  while (version == kOfSeveral && reader.ok() && !reader.at_end()) {
    const log::LeaderEpoch epoch(reader.int32());
    position.further.push_back({epoch, log::Offset(reader.int64())});
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return position;
}

}  // namespace weir::streams::state
