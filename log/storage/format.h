// The files of a partition and how they are named.
//
//   clicks-3.AbCd.../                       topic, partition, topic id; see PartitionDirectory
//     00000000000000000000.log             record batches, one after another; named by the first offset
//     00000000000000000000.index           sparse index of a closed segment          (segment_index.h)
//     00000000000000004711.state           producers and transactions before 4711    (partition_state.h)
//     00000000000000000000.compacted       being written by a compaction; removed when the partition is opened
//
// Everything but the .log files is derived: it carries a checksum and is made anew when it is missing or wrong. Such a
// file is `magic (4 bytes) | version (int16) | payload | crc32c of all before (uint32)`, numbers big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::log::storage {

inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kIndexSuffix = ".index";
inline constexpr std::string_view kStateSuffix = ".state";
inline constexpr std::string_view kCompactedSuffix = ".compacted";

// "00000000000000004711.log"
std::string file_name(Offset offset, std::string_view suffix);
// The offset in such a name; nothing if it is another kind of file.
std::optional<Offset> offset_in_name(std::string_view name, std::string_view suffix);

struct PartitionDirectory {
  TopicPartition partition;
  TopicId topic_id;
  // "clicks-3.<22 characters>". A name that no file system takes (more than 255 bytes) has the topic's shortened:
  // "<as much as fits>~<16 hexadecimal digits of xxh64 of the topic's name>-3.<22 characters>".
  std::string name() const;
  // Of a shortened name, with the topic as it stands there; '~' is not in a topic's name.
  static std::optional<PartitionDirectory> parse(std::string_view name);
  // Is this, which may be shortened, a directory of the topic?
  bool is_of(const std::string& topic) const;
};

// Puts magic, version and checksum around the payload of a derived file.
OwnedBytes seal_file(std::string_view magic, std::int16_t version, Bytes payload);
// The payload again; corrupt_data if anything does not fit.
Result<Bytes> open_sealed(Bytes content, std::string_view magic, std::int16_t version);

}  // namespace weir::log::storage
