// MemoryDriver: the tasks of a topology over topics in memory, in bytes: what TestDriver is made of.
#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "streams/operators/counters.h"
#include "streams/runtime/testing/memory_collector.h"
#include "streams/topology/topology.h"

namespace weir::streams {

struct TestDriverOptions {
  std::string state_directory = {};  // of RocksDB stores; empty: stores in memory
  ErrorPolicies errors = {};
  std::any settings = {};       // as in AppOptions
  std::int32_t partitions = 1;  // of every topic
  // Rows are written down and dropped from memory after every record: whatever is looked up is read back.
  bool reads_back = false;
  // All tasks see the highest time of any of them, as in Kafka's TopologyTestDriver, which has but one task. In
  // production each has its own.
  bool shares_stream_time = false;
  // Operators whose results come later (map_async): a record that is piped in is done when all results of it are there.
  // `pipe` waits, in real time, for so long, and throws then. No: it waits for none, and nothing is committed while
  // some are in flight; `wait_for_results` waits, and `advance_wall_clock` lets their time run out.
  bool waits_for_results = true;
  Millis patience_for_results{10'000};
};

class MemoryDriver {
 public:
  // std::runtime_error where production has an Error.
  MemoryDriver(Topology topology, TestDriverOptions options);
  ~MemoryDriver();

  // `window_bytes`: of the key, at its end, what does not decide its partition (TypeOps).
  void pipe(const std::string& topic, NullableBytes key, NullableBytes value, std::int64_t timestamp_ms,
            const std::vector<log::Header>& headers = {}, std::size_t window_bytes = 0);
  // Moves the wall clock, which stands at 0 in the beginning, and calls the timers that are due.
  void advance_wall_clock(Millis by);
  void wait_for_results();
  std::optional<MemoryCollector::Sent> read(const std::string& topic);
  // std::runtime_error, with the topics that there are, if nothing in the topology can write it.
  void check_is_written(const std::string& topic) const;
  bool is_empty(const std::string& topic) const;
  // Topics with records that were not read yet, those that lie between stages left out.
  std::vector<std::string> output_topics() const;
  // Of a key-value store, borrowed until the next call.
  const void* find(const std::string& store, Bytes key);
  // A store of the task with that partition, or one that all tasks have in full. std::runtime_error if there is none.
  state::Store& store(const std::string& name, std::int32_t partition);
  const StoreSpec& store_spec(const std::string& name) const;
  void close_windows();
  Statistics statistics() const;
  const MemoryCollector& collector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::streams
