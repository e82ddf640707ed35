// What the benchmarks of a log share: a log in a directory, topics, records in.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bench/harness.h"
#include "log/log.h"

namespace weir::bench {

inline log::Client open_log(const std::string& directory) {
  return must(log::open(directory + "/log", {}));
}

inline void make_topic(const log::Client& client, const std::string& name) {
  must(client.admin()->create_topic({name, 1, {}}));
}

// Writes what `fill` sends to the one partition of a new topic.
using Send = std::function<void(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value)>;
inline void fill_topic(const log::Client& client, const std::string& name,
                       const std::function<void(const Send&)>& fill) {
  make_topic(client, name);
  auto producer = must(client.producer());
  auto* lane = must(producer->lane({name, log::PartitionIndex(0)}));
  fill([&](std::int64_t timestamp_ms, NullableBytes key, NullableBytes value) {
    must(producer->send(*lane, timestamp_ms, key, value));
  });
  must(producer->flush());
}

}  // namespace weir::bench
