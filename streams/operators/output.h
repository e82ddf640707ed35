// Output: a topic as a task writes to it.
#pragma once

#include <cstdint>
#include <optional>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/record.h"
#include "streams/topology/topic_owner.h"

namespace weir::streams {

class Output {
 public:
  virtual ~Output() = default;

  // Records with a key go to the partition that murmur2 of the key names, as those of Kafka's clients do; records
  // without one to the partition that the task itself has, if there is one, else to all in turn.
  virtual Result<> send(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                        const log::HeadersView* headers) = 0;
  // To a partition that the caller chose. unknown_topic_or_partition if there is no such partition.
  virtual Result<> send_to(log::PartitionIndex partition, std::int64_t timestamp_ms, NullableBytes key,
                           NullableBytes value, const log::HeadersView* headers) = 0;
  virtual std::int32_t partitions() const = 0;
  // Whether the topic takes such a record, as far as can be said before it is sent; `send` asks it, too.
  virtual Result<> check(std::int64_t, NullableBytes, NullableBytes, const log::HeadersView*) const { return {}; }
};

}  // namespace weir::streams
