#include "log/storage/format.h"

#include <charconv>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "log/base/crc32c.h"
#include "log/base/cursor.h"

namespace weir::log::storage {

namespace {
constexpr std::size_t kDigits = 20;
constexpr std::size_t kUuidSize = 22;
constexpr std::size_t kMagicSize = 4;
constexpr std::size_t kFrameSize = kMagicSize + 2 + 4;
constexpr std::size_t kLongestName = 255;  // bytes, of ext4, XFS, Btrfs, tmpfs and most others

// The name in so many bytes, told apart from others that begin alike by a hash.
std::string shortened(const std::string& topic, std::size_t size) {
  OwnedBytes hash;
  Writer writer(hash);
  writer.int64(static_cast<std::int64_t>(XXH64(topic.data(), topic.size(), 0)));
  const std::string end = "~" + to_hex(hash);
  return topic.substr(0, size - end.size()) + end;
}

}  // namespace

std::string file_name(Offset offset, std::string_view suffix) {
  std::string digits = std::to_string(offset.value());
  return std::string(kDigits - digits.size(), '0') + digits + std::string(suffix);
}

std::optional<Offset> offset_in_name(std::string_view name, std::string_view suffix) {
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::int64_t offset = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, offset);
  if (error != std::errc() || end != name.data() + kDigits || offset < 0) return std::nullopt;
  return Offset(offset);
}

std::string PartitionDirectory::name() const {
  const std::string rest = "-" + std::to_string(partition.partition.value()) + "." + topic_id.to_string();
  if (partition.topic.size() + rest.size() <= kLongestName) return partition.topic + rest;
  return shortened(partition.topic, kLongestName - rest.size()) + rest;
}

bool PartitionDirectory::is_of(const std::string& topic) const {
  if (partition.topic == topic) return true;
  return PartitionDirectory{{topic, partition.partition}, topic_id}.name() == name();
}

std::optional<PartitionDirectory> PartitionDirectory::parse(std::string_view name) {
  if (name.size() < kUuidSize + 4 || name[name.size() - kUuidSize - 1] != '.') return std::nullopt;
  auto id = Uuid::parse(name.substr(name.size() - kUuidSize));
  std::string_view rest = name.substr(0, name.size() - kUuidSize - 1);
  auto dash = rest.find_last_of('-');
  if (!id || dash == std::string_view::npos || dash == 0) return std::nullopt;
  std::int32_t partition = 0;
  auto [end, error] = std::from_chars(rest.data() + dash + 1, rest.data() + rest.size(), partition);
  if (error != std::errc() || end != rest.data() + rest.size() || partition < 0) return std::nullopt;
  return PartitionDirectory{{std::string(rest.substr(0, dash)), PartitionIndex(partition)}, *id};
}

OwnedBytes seal_file(std::string_view magic, std::int16_t version, Bytes payload) {
  OwnedBytes content;
  content.reserve(kFrameSize + payload.size());
  Writer writer(content);
  writer.bytes(magic);
  writer.int16(version);
  writer.bytes(payload);
  writer.uint32(crc32c(content));
  return content;
}

Result<Bytes> open_sealed(Bytes content, std::string_view magic, std::int16_t version) {
  if (content.size() < kFrameSize || content.substr(0, kMagicSize) != magic) {
    return fail(ErrorCode::corrupt_data, "not a file of the kind " + std::string(magic));
  }
  Bytes covered = content.substr(0, content.size() - 4);
  if (load_big_endian<std::uint32_t>(content.data() + covered.size()) != crc32c(covered)) {
    return fail(ErrorCode::corrupt_data, "wrong checksum");
  }
  auto found = load_big_endian<std::int16_t>(content.data() + kMagicSize);
  if (found != version) return fail(ErrorCode::corrupt_data, "version " + std::to_string(found) + " is not known");
  return covered.substr(kMagicSize + 2);
}

}  // namespace weir::log::storage
