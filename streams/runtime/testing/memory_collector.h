// MemoryCollector: what tasks send, kept in memory: the collector of the test driver.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "streams/runtime/collector.h"

namespace weir::streams {

class MemoryCollector final : public Collector {
 public:
  struct Sent {
    log::TopicPartition to;
    std::int64_t timestamp_ms = 0;
    std::optional<OwnedBytes> key;
    std::optional<OwnedBytes> value;
    std::vector<log::Header> headers;
  };

  explicit MemoryCollector(std::int32_t partitions) : partitions_(partitions) {}

  // What was sent since the last call, in order.
  std::vector<Sent> take() { return std::exchange(sent_, {}); }
  // Changes that stores wrote, by changelog.
  const std::map<log::TopicPartition, std::vector<Sent>>& changes() const { return changes_; }

  Result<std::unique_ptr<Output>> output(const std::string& topic, log::PartitionIndex own) override;
  Result<std::unique_ptr<state::ChangeSink>> changelog(const log::TopicPartition& partition) override;
  Result<> begin() override { return {}; }
  Result<> flush() override { return {}; }
  Result<> send_offsets(std::span<const log::PartitionOffset>) override { return {}; }
  Result<> end() override { return {}; }
  Result<> abort() override { return {}; }

 private:
  class MemoryOutput;
  class MemoryChangeSink;

  const std::int32_t partitions_;  // of every topic
  std::vector<Sent> sent_;
  std::map<log::TopicPartition, std::vector<Sent>> changes_;
};

}  // namespace weir::streams
