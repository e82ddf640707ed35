// What the instances of an application tell each other through their group's coordinator, which does not look inside:
// each says in its subscription who it is, and the leader tells each in its assignment what it is to run.
//
// In bytes, big-endian; text is int32 length and bytes, tasks are an int32 count of stages, each: int32 stage, int32
// count, and an int32 partition each.
//
//   said   int16 version (1), text instance, int32 threads, int8 flags (1: closes windows at its end), int64 shape,
//          int64 plan, int32 attempt, tasks whose state it has
//   told   int16 version (1), int64 plan, text why it is refused (empty: it is not), tasks that it runs, int32 count of
//          instances, each: text instance, int32 threads
//
// A reader takes a newer version as the newest that it knows, and ignores what is behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "streams/operators/task_info.h"

namespace weir::streams {

struct InstanceName {
  std::string id;  // of its transactions; empty: the one that an embedded log has of its own
  std::int32_t threads = 1;

  bool operator==(const InstanceName&) const = default;
};

struct InstanceSaid {
  InstanceName name;
  bool closes_windows = false;  // its run does, at its end, which cannot be shared
  std::uint64_t shape = 0;      // of its topology: shape_of
  std::uint64_t plan = 0;       // that it runs by: digest_of
  std::int32_t attempt = 0;     // another number, another subscription: the coordinator has all join again
  std::vector<TaskId> knows = {};

  bool operator==(const InstanceSaid&) const = default;
};

struct InstanceTold {
  std::uint64_t plan = 0;
  std::string refused = {};
  std::vector<TaskId> tasks = {};
  std::vector<InstanceName> instances = {};  // all of the generation

  bool operator==(const InstanceTold&) const = default;
};

OwnedBytes to_bytes(const InstanceSaid& said);
OwnedBytes to_bytes(const InstanceTold& told);
// unsupported_version: below 1; truncated, corrupt_message.
Result<InstanceSaid> parse_said(Bytes bytes);
Result<InstanceTold> parse_told(Bytes bytes);

}  // namespace weir::streams
