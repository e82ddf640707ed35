// ConnectRecord: a record between a topic and another system, in either direction: what transforms and sinks see, and
// what sources give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connect/data/payload.h"
#include "log/model/ids.h"

namespace weir::connect {

struct ConnectHeader {
  std::string key;
  Datum value;
};

// Where a record lies in the log, whatever transforms make of its topic.
struct Origin {
  const log::TopicPartition* partition = nullptr;  // borrowed as long as the record's batch
  log::Offset offset;
};

struct ConnectRecord {
  std::string topic{};                      // of a source: empty means the connector's
  std::optional<std::int32_t> partition{};  // of a source: none means by the key
  std::int64_t timestamp_ms = -1;           // of a source: -1 means the time at which it is written
  Payload key{};
  Payload value{};
  std::vector<ConnectHeader> headers{};
  std::optional<Origin> origin{};  // of sinks
};

}  // namespace weir::connect
