// Records of keys that are drawn, in the topic and in the floor's file alike.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "bench/floor/files.h"
#include "bench/log_bench.h"
#include "bench/workload.h"

namespace weir::bench {

struct KeyedRecords {
  std::string topic;
  std::uint64_t records;
  std::uint64_t keys;
  std::size_t value_bytes;
  std::function<std::int64_t(std::uint64_t i, Random& random)> time_ms;
  std::uint64_t seed = 4;
  char (*letter)(std::uint64_t i) = nullptr;  // the first one of a value; not given: as all others
};

// The topic `records.topic` of the log, and the file "<directory>/floor-<topic>".
inline void fill_both(const log::Client& client, const std::string& directory, const KeyedRecords& records) {
  Random random(records.seed);
  std::string key(16, 'k');
  std::string value(records.value_bytes, 'v');
  floor::LogWriter writer(directory + "/floor-" + records.topic);
  fill_topic(client, records.topic, [&](const Send& send) {
    for (std::uint64_t i = 0; i < records.records; ++i) {
      std::snprintf(key.data(), key.size() + 1, "key-%012d", static_cast<int>(random.below(records.keys)));
      const std::int64_t time = records.time_ms(i, random);
      if (records.letter != nullptr) value[0] = records.letter(i);
      send(time, key, value);
      writer.add(time, key, value);
    }
  });
  writer.flush();
}

// One run of the floor; what it wrote is gone afterwards.
inline Run run_floor(const std::string& directory, std::uint64_t amount, const std::function<void()>& work,
                     std::initializer_list<const char*> written) {
  Run run = timed(amount, work);
  for (const char* file : written) ::unlink((directory + "/floor-" + file).c_str());
  return run;
}

// The bytes of a key in a window, as Weir writes them: key, end, start; a changelog's rows have key and start.
inline std::size_t put_windowed(char* to, std::string_view key, std::int64_t start_ms, std::int64_t end_ms) {
  std::memcpy(to, key.data(), key.size());
  floor::put(to + key.size(), end_ms);
  floor::put(to + key.size() + 8, start_ms);
  return key.size() + 16;
}

}  // namespace weir::bench
