// What the workers of a group tell each other through its coordinator, in the formats of Kafka Connect's three
// protocols (KIP-415): each says what it has when it joins, and the leader tells each what changes.
//
// Big-endian; text is int16 length and bytes, an array int32 count and its elements (-1: null), bytes int32 length and
// bytes (-1: null). A share is an array of: text connector, array of int32 tasks, -1 among them for the connector
// itself.
//
//   said  int16 version, text url, int64 config offset; from version 1 on: bytes what it has, as a told (null: nothing)
//   told  int16 version, int16 error, text leader, text leader's url, int64 config offset, share; from version 1 on:
//         share revoked, int32 delay in ms
//
//   protocol     version   what is told
//   default      0         all that it is to have; everybody gives everything up before
//   compatible   1         what it gets beside what it has, and what it gives up
//   sessioned    2         the same
//
// A reader takes a newer version as the newest that it knows, and ignores what is behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connect/herder/share.h"
#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

// On the wire: do not renumber.
enum class GroupProtocol : std::int16_t { eager = 0, compatible = 1, sessioned = 2 };

std::string_view name_of(GroupProtocol protocol);                          // "default", "compatible", "sessioned"
std::optional<GroupProtocol> group_protocol_named(std::string_view name);  // nullopt: there is none

struct WorkerSaid {
  std::string url;                  // of its REST
  std::int64_t config_offset = -1;  // how far it has read the config topic
  Share has{};                      // nothing, in the eager protocol

  bool operator==(const WorkerSaid&) const = default;
};

struct WorkerTold {
  std::int16_t error = 0;  // 1: members do not agree on the config topic, all read on and join again
  std::string leader{};    // its member id
  std::string leader_url{};
  std::int64_t config_offset = -1;
  Share gets{};
  Share gives_up{};
  std::int32_t delay_ms = 0;  // until then there is more to be given away

  bool operator==(const WorkerTold&) const = default;
};

OwnedBytes to_bytes(const WorkerSaid& said, GroupProtocol protocol);
OwnedBytes to_bytes(const WorkerTold& told, GroupProtocol protocol);
// truncated; unsupported_version: below 0.
Result<WorkerSaid> parse_worker_said(Bytes bytes);
Result<WorkerTold> parse_worker_told(Bytes bytes);

}  // namespace weir::connect
