// MemoryDriver: the tasks of a topology over topics in memory, in bytes: what TestDriver is made of.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "streams/runtime/memory_collector.h"
#include "streams/topology/topology.h"

namespace weir::streams {

struct TestDriverOptions {
  std::string state_directory = {};  // of RocksDB stores; empty: stores in memory
  bool skip_undecodable = false;
  std::int32_t partitions = 1;  // of every topic
  // Rows are written down and dropped from memory after every record: whatever is looked up is read back.
  bool reads_back = false;
};

class MemoryDriver {
 public:
  // std::runtime_error where production has an Error.
  MemoryDriver(Topology topology, TestDriverOptions options);
  ~MemoryDriver();

  void pipe(const std::string& topic, NullableBytes key, NullableBytes value, std::int64_t timestamp_ms);
  std::optional<MemoryCollector::Sent> read(const std::string& topic);
  bool is_empty(const std::string& topic) const;
  // Topics with records that were not read yet, those that lie between stages left out.
  std::vector<std::string> output_topics() const;
  // Of a key-value store, borrowed until the next call.
  const void* find(const std::string& store, Bytes key);
  void close_windows();
  Statistics statistics() const;
  const MemoryCollector& collector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::streams
