// The offsets topic of a source connector: one partition, compacted; the last record of a key is the position of that
// connector's source. As in Kafka Connect a key is JSON: ["orders",{"file":"orders.csv"}].
#pragma once

#include <optional>
#include <string>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/client/client.h"

namespace weir::connect {

// "connect-offsets-orders"
std::string offsets_topic_of(const std::string& connector);

std::string position_key(const std::string& connector, const std::string& source_partition);

Result<> create_offsets_topic(const log::Client& client, const std::string& topic);

// The last committed position of `key`, once everything that is in the topic now is decided: waits for open
// transactions, at most for `patience`; then timed_out.
Result<std::optional<OwnedBytes>> last_position(const log::Client& client, const std::string& topic,
                                                const std::string& key, Millis patience);

}  // namespace weir::connect
