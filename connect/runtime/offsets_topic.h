// The offsets topic of a source connector: one partition, compacted; the last record of a key is the position of one
// partition of that connector's source. As in Kafka Connect a key is JSON: ["orders",{"file":"orders.csv"}]. One more
// key, {"connector":"orders"}, holds the number of tasks that write to it.
#pragma once

#include <cstdint>
#include <string>

#include "connect/contracts/source.h"
#include "log/base/result.h"
#include "log/client/client.h"

namespace weir::connect {

// "connect-offsets-orders"
std::string offsets_topic_of(const std::string& connector);

std::string position_key(const std::string& connector, const std::string& source_partition);

Result<> create_offsets_topic(const log::Client& client, const std::string& topic);

// The last committed positions of a connector, once everything that is in the topic now is decided: waits for open
// transactions, at most for `patience`; then timed_out.
Result<SourcePositions> last_positions(const log::Client& client, const std::string& topic,
                                       const std::string& connector, Millis patience);

// How many tasks write there; 1 if nothing else was said. Waits for nothing.
Result<std::int32_t> last_task_count(const log::Client& client, const std::string& topic, const std::string& connector);
Result<> set_task_count(const log::Client& client, const std::string& topic, const std::string& connector,
                        std::int32_t count);

}  // namespace weir::connect
